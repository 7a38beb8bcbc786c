// The executable of programs/init as data of warren. WARREN_INIT_PROGRAM is its path.

    .section .rodata
    .balign 16
    .globl warren_init_image
    .globl warren_init_image_end
warren_init_image:
    .incbin WARREN_INIT_PROGRAM
warren_init_image_end:

    .section .note.GNU-stack, "", @progbits
