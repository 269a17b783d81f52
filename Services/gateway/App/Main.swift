import ProcessBlobs
import ProcessBus
import ServiceRuntime
import ZeroMQ

@main
struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "keys" { BusKeys.make(arguments) }
        await ServiceProcess.run(
            name: "gateway", settings: BusSettings.all + BlobSettings.all + GatewaySettings.all
        ) { process in
            try await GatewayProcess(process: process).components()
        }
    }
}
