#!/bin/bash
echo "$#: $*"
