#!/bin/sh
# Stands before git while a launcher's script is run again: a clone that is there stays, one that is half there is completed.
# Must not know: which launcher. REAL_GIT is filled in when this file is written.
real=REAL_GIT
place=.
url=
into=
seen_clone=
skip=
for word in "$@"; do
  if [ -n "$skip" ]; then
    [ "$skip" = -C ] && place=$word
    skip=
    continue
  fi
  case $word in
    -C | -c | -b | --branch | --depth | -o | --origin | --config | --reference | -j | --jobs | --filter | -u | --upload-pack | --template | --shallow-since | --separate-git-dir)
      skip=$word ;;
    -*) ;;
    clone) if [ -z "$seen_clone" ]; then seen_clone=1; elif [ -z "$url" ]; then url=$word; else into=$word; fi ;;
    *)
      if [ -z "$seen_clone" ]; then exec "$real" "$@"; fi
      if [ -z "$url" ]; then url=$word; elif [ -z "$into" ]; then into=$word; fi ;;
  esac
done
if [ -z "$into" ]; then
  into=${url%/}
  into=${into%.git}
  into=${into##*/}
fi
case $into in /*) ;; *) into=$place/$into ;; esac
if [ -z "$seen_clone" ] || [ -z "$url" ] || [ ! -d "$into/.git" ]; then exec "$real" "$@"; fi
if [ "$("$real" -C "$into" config remote.origin.url)" != "$url" ]; then exec "$real" "$@"; fi
rm -f "$into/.git/index.lock" "$into/.git/shallow.lock" "$into/.git/HEAD.lock"
if ! "$real" -C "$into" rev-parse -q --verify HEAD >/dev/null 2>&1; then
  # nothing has been checked out yet: only git's own folder can be there
  if [ -z "$(find "$into" -mindepth 1 -maxdepth 1 ! -name .git | head -n 1)" ]; then rm -rf "$into"; fi
  exec "$real" "$@"
fi
[ -f "$into/.git/index" ] || "$real" -C "$into" reset -q
"$real" -C "$into" ls-files -d -z | "$real" -C "$into" checkout-index -q -f -z --stdin
echo "$into is there already; it stays as it is"
