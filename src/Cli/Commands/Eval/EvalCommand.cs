using System.CommandLine;
using System.Diagnostics;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Eval;

/// <summary><c>edgeflora eval</c>: measures a finished adapter, or a model alone, on a data set.</summary>
internal sealed class EvalCommand : Command
{
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly Option<string> adapter = new("--adapter")
    {
        Description = "Folder of the adapter in PEFT layout, as train, aggregate or a run writes it; without it the model alone: a language model, "
            + "or a classifier that has its head in it",
        HelpName = "DIR",
    };
    private readonly Option<string> baseDelta = BaseDeltaOption.Create();
    private readonly TaskOptions task = new(TaskSettings.Maths, TaskSettings.HumanEval, TaskSettings.Mbpp);
    private readonly WritingOptions writing = new();
    private readonly Option<int> maxTokens = Ranged.Number(
        "--max-tokens", "Tokens a text is cut to, at most the model's", "tokens", 3, 1_048_576, 128);
    private readonly Option<string> engine = EngineSelection.EngineOption();
    private readonly Option<string> device = EngineSelection.DeviceOption();
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);
    private readonly Option<string> json = JsonFile.Option("the metrics");

    public EvalCommand()
        : base(
            "eval",
            "Measure an adapter, or a model alone, on a data set: loss, accuracy, macro-F1 and Matthews correlation, or loss, "
                + "bits per byte and perplexity of a language model, or how many problems it solves.")
    {
        Option[] all = [model, weights, adapter, baseDelta, .. task.All, maxTokens, engine, device, threads, json, .. writing.All];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => Task.Run(() => Run(parsed, stop), CancellationToken.None));
    }

    private int Run(ParseResult parsed, CancellationToken stop)
    {
        string? folder = parsed.GetValue(adapter);
        string basis = ModelOption.Check(parsed.GetRequiredValue(model));
        TaskSettings settings = task.Settings(parsed);
        string? file = JsonFile.Check(parsed.GetValue(json));
        EngineChoice choice = EngineSelection.Choose(
            parsed.GetRequiredValue(engine), parsed.GetRequiredValue(device), isolate: false, InstalledWorkers.Programs);
        var tuned = Tuned.Load(
            basis,
            WeightsOption.Storage(parsed.GetRequiredValue(weights)),
            folder,
            parsed.GetValue(baseDelta),
            settings.Name is TaskSettings.Classification or TaskSettings.Pairs)
            .WithSpecialTokens(settings.MatchesSpecialTokens);
        BaseModel loaded = tuned.Model;
        ITuningTask tuning = TuningTasks.ForMeasuring(
            settings, tuned, parsed.GetValue(maxTokens), writing.Settings(parsed, parsed.GetValue(threads)));
        ModelOption.Print(basis, parsed.InvocationConfiguration.Error);
        if (!settings.MatchesSpecialTokens && tuning.CountSpecialTokens(loaded) is > 0 and var special)
        {
            parsed.InvocationConfiguration.Output.WriteLine(SpecialTokensOption.Warning(special));
        }

        long began = Stopwatch.GetTimestamp();
        TaskMetrics metrics = Measure(parsed, tuning, choice.Engine, loaded, tuned.Adapter, folder, stop);
        double seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 3);
        parsed.InvocationConfiguration.Output.WriteLine(metrics.Line);
        parsed.InvocationConfiguration.Output.WriteLine(choice.Brief(parsed.GetValue(threads)));
        JsonFile.Write(file, new EvalReport
        {
            Task = settings.Name,
            Model = basis,
            ModelSha256 = loaded.Sha256,
            Adapter = folder,
            Engine = choice.Engine.Name,
            Device = choice.Engine.Device,
            Metrics = metrics.Figures,
            Seconds = seconds,
        });
        return ExitCode.Done;
    }

    private TaskMetrics Measure(
        ParseResult parsed, ITuningTask tuning, IEngine chosen, BaseModel loaded, LoraAdapter trained, string? folder, CancellationToken stop)
    {
        try
        {
            // Nothing is trained: of the plan only the cut of texts and the threads count.
            var plan = new TrainingPlan
            {
                Steps = 1,
                BatchSize = 1,
                LearningRate = 1e-3,
                MaxTokens = Math.Min(parsed.GetValue(maxTokens), loaded.MaxTokens),
                Seed = 0,
                Threads = parsed.GetValue(threads),
            };
            using ITraining training = tuning.Start(chosen, loaded, trained, plan);
            return ProgressDisplay.On(parsed.InvocationConfiguration.Output).Measure(tuning.HeldOut, show => tuning.Measure(training, show, stop));
        }
        catch (ArgumentException misfit)
        {
            throw InputException.Of(
                misfit, "adapter, model and data do not fit together: ", folder is null ? "" : AdapterOrigin.Note(folder, loaded.Folder));
        }
    }
}
