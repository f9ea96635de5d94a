from services.activities import service
from shared.kernel.process import main

main(service)
