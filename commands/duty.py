from emergency.commands.register import register

cli = register("duty", help="x")
