from services.welfare import service
from shared.kernel.process import main

main(service)
