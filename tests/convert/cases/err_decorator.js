class A { @decorated x() {} }
