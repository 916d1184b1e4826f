// Operands that later operands write.
const f=()=>{ let x=1; x+=(x=5); return x }
const g=()=>{ let x=1; return x + (x=2) + x }
const h=(y)=>{ y += (y=5); return y }
const k=(y)=>{ return y + (y=5) + y++ * y }
let z=1; z = z + (z = 3) * z; console.log(f(),g(),h(1),k(1),z)
const l=()=>{ let x=1; return [x, x=2, x, x++, x] }
const m=()=>{ let x=1; return x++ + x }
const n=(a)=>{ return a.v + (a = {v:5}).v + a.v }
console.log(l(), m(), n({v:1}))
const o=()=>{ let i=0; const a=[]; a[i] = i = 2; return a.length+':'+i }
const p=()=>{ let i=0; const a=[5,6]; a[i] += (i = 1); return a.join() }
const q=(x)=>{ return x ? (x = 0, x) : 1 }
const r=(x)=>{ let y = x && (x = 5) ; return x + y }
const s=(x)=>{ return x < (x = 5) }
const t=(x)=>{ return `${x}${x = 4}${x}` }
const u=(x)=>{ return x === (x = 5) || x }
const v=(x)=>{ return Math.max(x, x = 9, x - 1) }
const w=(x)=>{ const o={a:x, b:x=2, [x]:x}; return JSON.stringify(o) }
console.log(o(), p(), q(1), r(1), s(1), t(1), u(1), v(1), w(1))
