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
using EdgeFlora.Coordinator.Diagnosis;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Service;

/// <summary>The coordinator service as a program: fleet and runs on the broker, and the API that operators speak to.</summary>
/// <param name="lines">Where it says what it does.</param>
internal sealed class ServiceProgram(ServiceSettings settings, TextWriter lines)
{
    private const int WritingThreads = 64;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly TextWriter output = TextWriter.Synchronized(lines);

    /// <summary>Serves until told to stop.</summary>
    /// <returns>0: it ended in good order.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        string state = settings.Host.StateFolder;
        if (settings.Host.Postgres is not null)
        {
            // Whoever writes waits for the database's answer on a thread of the pool, which has two on a small machine.
            ThreadPool.GetMinThreads(out int workers, out int ports);
            ThreadPool.SetMinThreads(Math.Max(workers, WritingThreads), ports);
        }

        if (PrivateFolder.Secure(state, new StoreOptions { StateFolder = state }.Marks) is { } closed)
        {
            output.WriteLine(closed);
        }

        using TelemetryExport? export = TelemetryExport.Open(TelemetryExport.Coordinator);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, export is null ? null : export.AddLogs);
        using CancellationTokenSource ending = StopWithInput.Link(settings.StopWithInput, stop);
        MessageBus bus = await BusFactory.StartAsync(settings.Broker, TimeProvider.System, loggers, ending.Token);
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable outages = bus.WatchOutages(TimeProvider.System, output.WriteLine);
        IDisposable logins = bus.WatchLogins(() => refused.TrySetResult());
        try
        {
            // As a replica that stands by, from the beginning.
            for (bool comesBack = false; !await ServeAsync(bus, loggers, refused.Task, comesBack, ending.Token); comesBack = true)
            {
            }
        }
        finally
        {
            logins.Dispose();
            outages.Dispose();
            await BusFactory.StopAsync(bus);
        }

        output.WriteLine($"stopped; start it again to go on from {state}");
        return ExitCode.Done;
    }

    /// <param name="refused">Completes when the broker accepts the service's user no longer; the bus would not come back by itself.</param>
    /// <returns>False: a replica leads no more, and has let go of everything.</returns>
    private async Task<bool> ServeAsync(MessageBus bus, ILoggerFactory loggers, Task refused, bool comesBack, CancellationToken stop)
    {
        long began = TimeProvider.System.GetTimestamp();
        try
        {
            while (true)
            {
                try
                {
                    await ServeOnceAsync(bus, loggers, refused, comesBack, stop);
                    return true;
                }
                catch (StoreUnavailableException away) when (StoreDiagnosis.IsOutage(away) && settings.Host.Postgres is { } database
                    && TimeProvider.System.GetElapsedTime(began) + Again < database.StartTimeout)
                {
                    output.WriteLine(FormattableString.Invariant(
                        $"{away.Message.TrimEnd('.')}; trying for {database.StartTimeout.TotalSeconds:0} s from the start (store.timeout)"));
                    await Task.Delay(Again, TimeProvider.System, stop);
                }
            }
        }
        catch (TermLostException lost) when (settings.Host.Postgres is not null)
        {
            output.WriteLine($"stood down: {lost.Message}");
            return stop.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (settings.Host.Postgres is not null && stop.IsCancellationRequested)
        {
            // While it stood by.
            return true;
        }
    }

    /// <exception cref="BrokerUnreachableException">The broker accepts the service's user no longer.</exception>
    private static async Task UnlessRefusedAsync(Task waited, Task refused)
    {
        if (await Task.WhenAny(waited, refused) == refused)
        {
            throw new BrokerUnreachableException(
                "The broker accepts the service's user or its password no longer. Give it the user again, or the service the right password "
                    + "(broker.passwordFile), and start the service: it goes on where it was.");
        }

        await waited;
    }

    private async Task ServeOnceAsync(MessageBus bus, ILoggerFactory loggers, Task refused, bool comesBack, CancellationToken stop)
    {
        using PostgresFiles? files =
            settings.Host.Postgres is { SharesNoFolder: true } shared ? new PostgresFiles(shared, TimeProvider.System) : null;
        var store = ModelStore.Of(settings.Host.StateFolder, TimeProvider.System);
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
            Enrolment = settings.Host.Enrolment with { Tell = output.WriteLine },
            ComesBack = comesBack,
            SharedFiles = files,
            Leading = store.Tidy,
            StandsBy = sentence => output.WriteLine($"standing by: {sentence}"),
            HandsOn = leader => output.WriteLine($"handing requests on to {leader}"),
        };
        var host = new CoordinatorHost(bus, hosting, TimeProvider.System, loggers);
        using var closing = new CancellationTokenSource();
        Task serving = host.RunAsync(closing.Token);
        try
        {
            if (settings.Host.Postgres is null)
            {
                await host.Started.WaitAsync(stop);
            }

            OperatorTokenRegistry tokens = OperatorTokenRegistry.Open(
                settings.Host.StateFolder, TimeProvider.System, files, loggers.CreateLogger<OperatorTokenRegistry>());
            var catalogue = new ModelService(
                models,
                store,
                host.Runs,
                settings.Host.Postgres is { SharesNoFolder: true, Bodies: var place }
                    ? $"replicas have folders of their own (store.bodies is {place.ToString().ToLowerInvariant()})"
                    : null);
            var services = new ApiServices(host.Runs, host.Fleet, host.Enrolment, host.Monitor, catalogue, tokens, TimeProvider.System, loggers)
            {
                Meter = host.Meter,
                StandsBy = () => host.StandsBy,
                Leading = () => host.Leading,
                SharedFiles = files,
            };
            await using ApiHost api = await StartApiAsync(services, stop);
            host.Reach(api.Replica);
            using SystemdNotice notice = SystemdNotice.Open();
            notice.Ready();
            if (!host.Started.IsCompleted)
            {
                // A replica answers for itself while it waits for its turn.
                output.WriteLine($"started at {api.Address}");
                notice.Status($"standing by at {api.Address}");
            }

            // What has ended already has not started: nothing is announced.
            await UnlessRefusedAsync(host.Started.WaitAsync(stop), refused);
            if (settings.Host.Postgres is not null)
            {
                Reload(tokens);
            }

            Announce(api, settings.Api.Dev ? null : tokens.CreateFirst());
            notice.Status($"serving at {api.Address}");
            await UnlessRefusedAsync(
                Task.WhenAny(serving, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop)), refused);
        }
        finally
        {
            await closing.CancelAsync();
            await serving;
        }
    }

    /// <exception cref="TermLostException">The database is away, or another leads.</exception>
    private static void Reload(OperatorTokenRegistry tokens)
    {
        try
        {
            tokens.Reload();
        }
        catch (StoreUnavailableException away)
        {
            throw new TermLostException($"{away.Message} This one stands by.", away);
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
