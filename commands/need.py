from emergency.commands.register import register

cli = register("need", help="x")
