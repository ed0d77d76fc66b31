using System.Net.Sockets;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Logging;
using EdgeFlora.Cli.Report;
using EdgeFlora.Cli.SystemServices;
using EdgeFlora.Cli.Telemetry;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Service;

/// <summary>The coordinator service as a program: fleet and runs on the broker, and the API that operators speak to.</summary>
/// <param name="lines">Where it says what it does.</param>
internal sealed class ServiceProgram(ServiceSettings settings, TextWriter lines)
{
    private readonly TextWriter output = TextWriter.Synchronized(lines);

    /// <summary>Serves until told to stop.</summary>
    /// <returns>0: it ended in good order.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        string state = settings.Host.StateFolder;
        if (PrivateFolder.Secure(state, new StoreOptions { StateFolder = state }.Marks) is { } closed)
        {
            output.WriteLine(closed);
        }

        using TelemetryExport? export = TelemetryExport.Open(TelemetryExport.Coordinator);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, export is null ? null : export.AddLogs);
        using CancellationTokenSource ending = StopWithInput.Link(settings.StopWithInput, stop);
        MessageBus bus = await BusFactory.StartAsync(settings.Broker, TimeProvider.System, loggers, ending.Token);
        IDisposable outages = bus.WatchOutages(TimeProvider.System, output.WriteLine);
        try
        {
            await ServeAsync(bus, loggers, ending.Token);
        }
        finally
        {
            outages.Dispose();
            await BusFactory.StopAsync(bus);
        }

        output.WriteLine($"stopped; start it again to go on from {state}");
        return ExitCode.Done;
    }

    private async Task ServeAsync(MessageBus bus, ILoggerFactory loggers, CancellationToken stop)
    {
        var store = ModelStore.Open(settings.Host.StateFolder, TimeProvider.System);
        var archives = new ModelArchives(store);
        var models = new ModelCatalogue(ModelOption.EmbeddedFolder, settings.Models, takesPaths: settings.Api.Dev, store, archives);
        CoordinatorHostOptions hosting = settings.Host with
        {
            ModelFolder = models.Find,
            Archives = archives,
            RemoveQueues = new QueueRemoval(settings.Broker, TimeProvider.System).RemoveAsync,
            QueueDepths = new QueueProbe(settings.Broker, TimeProvider.System).DepthsAsync,
            Watch = Show,
            WriteReport = RunReportFile.Write,
        };
        var host = new CoordinatorHost(bus, hosting, TimeProvider.System, loggers);
        using var closing = new CancellationTokenSource();
        Task serving = host.RunAsync(closing.Token);
        try
        {
            await host.Started.WaitAsync(stop);
            OperatorTokenRegistry tokens = OperatorTokenRegistry.Open(settings.Host.StateFolder, TimeProvider.System);
            string? first = settings.Api.Dev ? null : tokens.CreateFirst();
            var catalogue = new ModelService(models, store, host.Runs);
            var services = new ApiServices(host.Runs, host.Fleet, host.Enrolment, host.Monitor, catalogue, tokens, TimeProvider.System, loggers)
            {
                Meter = host.Meter,
            };
            await using ApiHost api = await StartApiAsync(services, stop);
            Announce(api, first);
            using SystemdNotice notice = SystemdNotice.Open();
            notice.Ready();
            notice.Status($"serving at {api.Address}");
            await Task.WhenAny(serving, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        }
        finally
        {
            await closing.CancelAsync();
            await serving;
        }
    }

    /// <exception cref="InputException">The address cannot be listened at.</exception>
    private async Task<ApiHost> StartApiAsync(ApiServices services, CancellationToken stop)
    {
        try
        {
            return await ApiHost.StartAsync(settings.Api, services, stop);
        }
        catch (Exception refused) when (refused is SocketException or IOException { InnerException: AddressInUseException })
        {
            string reason = refused is SocketException ? refused.Message : "another program listens there";
            throw new InputException($"the API cannot be served at {settings.Api.Listen}: {reason}; name another address with --listen", refused);
        }
    }

    private void Announce(ApiHost api, string? firstToken)
    {
        output.WriteLine($"serving at {api.Address}{(api.Fingerprint is null ? ", for this machine only, without TLS and tokens" : "")}");
        if (api.Fingerprint is { } fingerprint)
        {
            output.WriteLine($"fingerprint of its certificate: {fingerprint}");
        }

        output.WriteLine(settings.Host.Enrolment.Required
            ? "agents must be enrolled: edgeflora tokens create --agent"
            : "agents need not be enrolled: nothing proves who sends in their names (docs/operate.md)");
        if (firstToken is not null)
        {
            output.WriteLine($"the first operator token is in {firstToken}; add the service where you operate it:");
            output.WriteLine($"  edgeflora context add NAME {api.Address} --token-file {firstToken} --fingerprint {api.Fingerprint}");
        }
    }

    private void Show(RunEvent happened)
    {
        if (EventLine.For(happened) is { } line)
        {
            output.WriteLine($"{RunIds.Short(happened.RunId)} {line}");
        }
    }
}
