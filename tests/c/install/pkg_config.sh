# With the shared library, which is found at run time; with Proxy Kit in the program; with everything in the program.
cc program.c $(pkg-config --cflags --libs proxykit) -o program
cc program.c $(pkg-config --cflags proxykit) -l:libproxykit.a $(pkg-config --static --libs proxykit) -o program_static
cc program.c $(pkg-config --cflags --static --libs proxykit) -static -o program_all_static
