from services.members import service
from shared.kernel.process import main

main(service)
