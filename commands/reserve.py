from emergency.commands.register import register

cli = register("reserve", help="x")
