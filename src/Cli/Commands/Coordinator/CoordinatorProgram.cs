using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Logging;
using EdgeFlora.Cli.Report;
using EdgeFlora.Cli.Telemetry;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>A coordinator as a program of its own, with its events as lines on the terminal.</summary>
internal sealed class CoordinatorProgram(CoordinatorSettings settings)
{
    /// <returns>0 when the run is complete, 3 when rounds of it were skipped, 1 when it failed.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        settings.Run.Validate();
        if (PrivateFolder.Secure(settings.Run.Store.StateFolder, settings.Run.Store.Marks) is { } closed)
        {
            Console.WriteLine(closed);
        }

        using TelemetryExport? export = TelemetryExport.Open(TelemetryExport.Coordinator);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, export is null ? null : export.AddLogs);
        using CancellationTokenSource ending = StopWithInput.Link(settings.StopWithInput, stop);
        MessageBus bus = await BusFactory.StartAsync(settings.Broker, TimeProvider.System, loggers, ending.Token);
        IDisposable outages = bus.WatchOutages(TimeProvider.System, Console.WriteLine);
        try
        {
            await using RunDisplay display = RunDisplay.Plain(Console.Out, RunView.Empty);
            if (settings.Run.Privacy is { } privacy)
            {
                Console.WriteLine(privacy.Describe(settings.Run.Rounds));
            }

            var service = new CoordinatorService(bus, settings.Run, TimeProvider.System, loggers)
            {
                Spec = settings.Spec,
                Archives = new ModelArchives(),
                RemoveQueues = new QueueRemoval(settings.Broker, TimeProvider.System).RemoveAsync,
                Watch = display.Show,
                WriteReport = RunReportFile.Write,
            };
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            Task waits = SayWaitsAsync(service, display, ended.Token);
            try
            {
                return Report(await service.RunAsync(ending.Token));
            }
            finally
            {
                await ended.CancelAsync();
                await waits;
            }
        }
        finally
        {
            outages.Dispose();
            await BusFactory.StopAsync(bus);
        }
    }

    private static async Task SayWaitsAsync(CoordinatorService service, RunDisplay display, CancellationToken stop)
    {
        try
        {
            await new WaitLines(service.LookAsync, display, TimeProvider.System).SayAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    /// <summary>Where what came of the run is.</summary>
    private static string Result(RunOutcome outcome) => outcome.SharedFolder is { } shared
        ? $"what agents share in {shared}, each agent's own adapter by edgeflora agent export"
        : $"adapter in {outcome.AdapterFolder}";

    private int Report(RunOutcome outcome)
    {
        switch (outcome.Status)
        {
            case RunStatus.Completed:
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"complete: {outcome.Rounds.Count(round => round.Figures is not null)} rounds; "
                        + $"{Result(outcome)}{(outcome.BaseDeltaFile is { } delta ? $", on the base with {delta}" : "")}, "
                        + $"ledger in {outcome.LedgerFile}"));
                if (outcome.Note is { } note)
                {
                    Console.WriteLine($"it ended before its last round: {note}");
                }

                if (outcome is { PublishedRound: { } round, PublishedReason: { } why })
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the adapter is that of round {round}: {why}"));
                }

                return ExitCode.Done;
            case RunStatus.Incomplete:
                Console.Error.WriteLine(SafeText.OneLine(
                    $"edgeflora coordinator: the run is incomplete: "
                        + outcome.Shortfall
                        + (outcome switch
                        {
                            { AdapterFolder: { } folder } => $"; the adapter of the other rounds is in {folder}",
                            { SharedFolder: { } folder } => $"; what agents share after the other rounds is in {folder}",
                            _ => "; there is no adapter",
                        })));
                return ExitCode.Incomplete;
            case RunStatus.Interrupted:
                Console.WriteLine($"stopped; start it again with the same options to go on from {settings.Run.Store.StateFolder}");
                return ExitCode.Done;
            default:
                Console.Error.WriteLine(
                    SafeText.OneLine(
                        $"edgeflora coordinator: the run failed: {outcome.Failure} (details are in {LogFile.Pattern(settings.LogFile)})"));
                return ExitCode.Failed;
        }
    }
}
