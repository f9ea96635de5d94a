from shared.kernel.process import main

from services.members import service

main(service)
