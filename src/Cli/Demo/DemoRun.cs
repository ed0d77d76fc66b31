using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Logging;
using EdgeFlora.Cli.Report;
using EdgeFlora.Learning.Models;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace EdgeFlora.Cli.Demo;

/// <summary>One demo from an empty folder to the report.</summary>
internal sealed class DemoRun(DemoOptions options)
{
    private readonly Stopwatch total = Stopwatch.StartNew();

    public async Task<int> RunAsync(CancellationToken stop)
    {
        if (!options.Broker.InMemory)
        {
            // Before anything is written: a broker that refuses leaves no trace.
            await BrokerSweep.RunAsync(options.Broker, [.. options.AgentNames, DemoArguments.Evaluator], stop);
        }

        DemoFolder folder = DemoFolder.Take(options.Out);
        using ILoggerFactory loggers = LogFile.Open(folder.Log("demo"));
        DemoResult result;
        await using (RunDisplay display = Display())
        {
            display.Note("Reading the model and the sentences …");
            Task<BaseModel> loading = Task.Run(() => BaseModel.Load(options.Model), stop);
            DemoData data = await Task.Run(() => DemoData.Make(options), stop);
            data.Write(folder, options.AgentNames);
            BaseModel model = await loading;
            display.Note("");

            FaultScript script = options.Calm ? FaultScript.None : FaultScript.For(options.AgentNames, options.Rounds);
            var federation = new Federation(options, folder, script, model, loggers);
            await using Baselines? comparing = options.Baselines ? Baselines.Begin(model, data, options, stop) : null;
            double federated = await federation.RunAsync(display, stop);

            var ledger = RunLedger.Read(folder.Ledger);
            LoraAdapter adapter = PeftFolder.Read(folder.Adapter);
            Baselines.Accuracies? baselines = comparing is null ? null : await FinishAsync(comparing, display);
            FaultResult[] faults = [.. script.Faults.Select(fault => FaultOutcome.Judge(fault, ledger, display.View))];
            var seconds = new SecondTotals(Math.Round(federated, 2), Math.Round(total.Elapsed.TotalSeconds, 2));
            result = ResultAssembly.Of(options, folder, ledger, adapter, baselines, seconds, faults) with { Merges = baselines?.Merges };
            Write(folder, result, Content(result, data, baselines, display.View, model));
            display.Note("");
        }

        foreach (string line in DemoSummary.Lines(result, folder))
        {
            Console.WriteLine(line);
        }

        return ExitCode.Done;
    }

    private RunDisplay Display()
    {
        if (Console.IsOutputRedirected)
        {
            return RunDisplay.Plain(Console.Out, RunView.Empty);
        }

        string title = string.Create(
            CultureInfo.InvariantCulture,
            $"EdgeFlora demo: {options.Agents} agents, {options.Rounds} rounds, {options.Strategy}, seed {options.Seed}");
        return RunDisplay.Table(AnsiConsole.Console, title, RunView.Empty, TimeProvider.System);
    }

    private static Task<Baselines.Accuracies> FinishAsync(Baselines baselines, RunDisplay display)
    {
        const string Doing = "Training the baselines: each agent alone, and all data in one place …";
        display.Note(Doing);
        if (!Console.IsOutputRedirected)
        {
            baselines.Progressed = percent => display.Note(string.Create(CultureInfo.InvariantCulture, $"{Doing} {percent} %"));
        }

        return baselines.FinishAsync();
    }

    private void Write(DemoFolder folder, DemoResult result, ReportContent content)
    {
        byte[] page = ReportPage.Render(content);
        byte[] json = result.ToJson();
        AtomicFile.Write(folder.Report, stream => stream.Write(page));
        AtomicFile.Write(folder.Result, stream => stream.Write(json));
        if (options.Json is { } file)
        {
            AtomicFile.Write(file, stream => stream.Write(json));
        }
    }

    private ReportContent Content(DemoResult result, DemoData data, Baselines.Accuracies? baselines, RunView view, BaseModel model) => new()
    {
        Result = result,
        View = view,
        Settings =
        [
            ("strategy", options.Strategy),
            ("model", Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Folder))),
            ("rank", options.Rank.ToString(CultureInfo.InvariantCulture)),
            ("codec", options.Codec),
            ("Dirichlet α", options.Alpha.ToString(CultureInfo.InvariantCulture)),
            ("seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
            ("transport", options.Broker.InMemory ? "in memory" : "RabbitMQ, one process each"),
        ],
        Labels = data.Labels,
        Holdings = [.. options.AgentNames.Select((agent, i) => new AgentHolding(agent, data.Counts(i), baselines?.Alone[i]))],
    };
}
