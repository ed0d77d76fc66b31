#!/bin/sh
# 0 where the C++ library of this system is new enough for libtorch (GCC 13); macOS and Windows bring their own.
case "$(uname -s)" in Linux) ;; *) exit 0 ;; esac
library="$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 / { print $NF; exit }')"
[ -n "$library" ] && grep -q GLIBCXX_3.4.32 "$library"
