function f(){ for (var z in {q:1}) {} return z }
function g(){ for (var z of [1,2]) {} return z }
console.log(f(), g())
