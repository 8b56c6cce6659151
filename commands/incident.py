from emergency.commands.register import register

cli = register("incident", help="x")
