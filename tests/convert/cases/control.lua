local function classify(this, value, list)
  if value == "a" or value == "b" then
    return 1
  elseif value == "c" then
    value = "d"
  else
    value = "e"
  end
  local value_1 = js.typeof(value)
  local case_2 = 2
  if value_1 == "number" then
    case_2 = 0
  elseif value_1 == "string" then
    case_2 = 1
  end
  repeat
    if case_2 <= 0 then
      value = js.inc(value)
    end
    if case_2 <= 1 then
      local text = value
      if js.truthy(text) then
        break
      end
      value = text
    end
  until true
  local iterator_3 = js.iterate(list)
  while iterator_3:step() do
    local row = iterator_3.value
    local iterator_4 = js.iterate(row)
    local jump_5
    while iterator_4:step() do
      local cell = iterator_4.value
      if not js.truthy(cell) then
        iterator_4:close()
        jump_5 = 3
        break
      end
      if cell == value then
        iterator_4:close()
        jump_5 = 2
        break
      end
    end
    if jump_5 == 3 then
      continue
    end
    if jump_5 == 2 then
      iterator_3:close()
      break
    end
  end
  local tries = 0
  repeat
    tries += 1
    if tries > 3 then
      break
    end
  until not js.lt(tries, list.length)
  for _, key in js.keys_in(list) do
    local how_6, value_7 = js.try(function()
      if key == "x" then
        return js.CONTINUE, 0
      end
      return js.RETURN, list[js.key(key)]
    end, function(error)
      console:error(error.message)
    end, function()
      tries -= 1
    end)
    if how_6 == js.CONTINUE and value_7 == 0 then
      continue
    end
    if how_6 == js.RETURN then
      return value_7
    end
  end
  while true do
    local value_8 = tries
    tries = value_8 - 1
    if not (value_8 > 0) then
      break
    end
    value = js.either(if js.truthy(value) then value.next else value, null)
  end
  repeat
    if js.truthy(value) then
      break
    end
    value = 1
  until true
  local value_9 = list:shift()
  value = value_9
  if js.truthy(value_9) then
    js.throw(js.new(TypeError, js.add("bad ", value)))
  end
  local object_10 = value
  local object_11 = if js.nullish(object_10) then nil else object_10.a
  local object_12 = if js.nullish(object_11) then nil else object_11[js.key(tries)]
  return if js.truthy(js.default(if js.nullish(object_12) then nil else object_12(object_11, 1), value)) then 1 else 2
end
return classify
