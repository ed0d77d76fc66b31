using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Train;

/// <summary>One local fine-tuning: checks everything, trains, writes the adapter, measures it.</summary>
internal sealed class TrainRun(TrainSettings settings, TextWriter output)
{
    private const int MaxSteps = 10_000_000;

    private readonly ProgressDisplay display = ProgressDisplay.On(output);

    /// <returns>The exit code; when stopped the caller's own counts.</returns>
    /// <exception cref="InputException">Something the user can mend; nothing has been written.</exception>
    public int Run(CancellationToken stop)
    {
        CheckOutput();
        LoraAdapter? initial = settings.Initial is { } folder ? ReadInitial(folder) : null;
        BaseModel model = BaseModel.Load(settings.Model, settings.Storage, initial is not null && TiedOutput.IsApart(initial))
            .WithSpecialTokens(settings.Task.MatchesSpecialTokens);
        initial = initial is null ? null : TiedOutput.Fit(initial, model);
        ITuningTask task = TuningTasks.ForTraining(settings.Task, settings.Plan, model, settings.Initial);
        TrainingPlan plan = settings.Plan with { Steps = Steps(task), MaxTokens = Math.Min(settings.Plan.MaxTokens, model.MaxTokens) };
        EngineChoice choice = EngineSelection.Choose(settings.Engine, settings.Device, isolate: false, InstalledWorkers.Programs);
        LoraAdapter start = initial ?? NewAdapter(task, plan.Seed);
        ITraining training;
        try
        {
            training = task.Start(choice.Engine, model, start, plan);
        }
        catch (ArgumentException misfit)
        {
            throw settings.Initial is { } from
                ? InputException.Of(misfit, $"--init is '{from}', which does not go on here: ", AdapterOrigin.Note(from, settings.Model))
                : InputException.Of(misfit);
        }

        using (training)
        {
            ModelOption.Print(settings.Model, output);
            WarnOfSpecialTokens(model, task);
            PrintStart(model, choice.Brief(plan.Threads), start, task, plan);
            var loop = new TrainLoop(training, plan, settings);
            if (!loop.Run(display, stop))
            {
                output.WriteLine(
                    $"stopped at step {training.Step} of {plan.Steps}; the same command with --resume goes on from {settings.Checkpoint}");
                return ExitCode.Interrupted;
            }

            LoraAdapter tuned = training.Snapshot();
            // A worker's snapshot does not carry what changes nothing in training.
            Write(new LoraAdapter(start.Settings, tuned.Modules, tuned.Saved), task);
            TaskMetrics? metrics = task.HeldOut > 0 ? display.Measure(task.HeldOut, show => task.Measure(training, show, stop)) : null;
            PrintEnd(loop, plan, metrics);
            JsonFile.Write(settings.Json, Report(model, choice.Engine, start, task, loop, metrics, training.PeakBytes));
        }

        return ExitCode.Done;
    }

    /// <summary>Finds out before the work whether its result could be written.</summary>
    private void CheckOutput()
    {
        try
        {
            PeftFolder.RequireReplaceable(settings.Out);
        }
        catch (IOException refusal)
        {
            throw new InputException($"--out is '{settings.Out}': {refusal.Message}", refusal);
        }

        string? beside = Path.GetDirectoryName(Path.GetFullPath(settings.Checkpoint));
        if (Directory.Exists(settings.Checkpoint) || (beside is not null && File.Exists(beside)))
        {
            throw new InputException($"--checkpoint is '{settings.Checkpoint}'; it must be a file in a folder");
        }

        if (settings.Resume && !File.Exists(settings.Checkpoint))
        {
            throw new InputException(
                $"--resume finds no checkpoint '{settings.Checkpoint}'; leave it out to begin anew, or name the file with --checkpoint");
        }

        if (!settings.Resume && File.Exists(settings.Checkpoint))
        {
            throw new InputException(
                $"'{settings.Checkpoint}' is left of a stopped training; go on from it with --resume, or delete it to begin anew");
        }
    }

    private static LoraAdapter ReadInitial(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--init is '{folder}', which is no folder; give one with adapter_config.json and adapter_model.safetensors");
        }

        LoraAdapter adapter = PeftFolder.Read(folder);
        return PeftFolder.ReadBaseDeltaSha256(folder) is null
            ? adapter
            : throw new InputException(
                $"--init is '{folder}', which was trained on a base with changed weights; write that base with 'edgeflora merge' and train on it");
    }

    private int Steps(ITuningTask task)
    {
        double steps = settings.Steps ?? Math.Ceiling(settings.Epochs * task.Training / settings.Plan.ExamplesPerStep);
        return steps <= MaxSteps
            ? (int)steps
            : throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"--epochs is {settings.Epochs}, which takes {steps:N0} steps; it must be few enough for {MaxSteps:N0}"));
    }

    private LoraAdapter NewAdapter(ITuningTask task, ulong seed)
    {
        using BaseModelFolder folder = BaseModelFolder.Open(settings.Model);
        if (settings.Targets is { } named)
        {
            AdapterArguments.RequireLayers(folder, named);
        }

        var lora = new LoraSettings
        {
            Rank = settings.Rank,
            Alpha = settings.Alpha,
            Variant = settings.Variant,
            TargetModules = settings.Targets ?? folder.UsualTargets,
        };
        return task.Labels is { } labels ? folder.FirstAdapter(lora, labels.Count, seed) : folder.FirstAdapter(lora, seed);
    }

    private void Write(LoraAdapter adapter, ITuningTask task)
    {
        PeftFolder.Write(settings.Out, adapter, ModelName(), task.PeftName, labels: task.Labels);
        File.Delete(settings.Checkpoint);
    }

    private string ModelName() => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Model)));

    private void WarnOfSpecialTokens(BaseModel model, ITuningTask task)
    {
        if (!settings.Task.MatchesSpecialTokens && task.CountSpecialTokens(model) is > 0 and var count)
        {
            output.WriteLine(SpecialTokensOption.Warning(count));
        }
    }

    private void PrintStart(BaseModel model, string engine, LoraAdapter start, ITuningTask task, TrainingPlan plan)
    {
        long parameters = model.Network.Layout.Parameters.Sum(parameter => (long)parameter.Length);
        LoraSettings lora = start.Settings;
        Line($"{ModelName()}: {parameters:N0} parameters, frozen; {engine}");
        string variant = lora.Variant.ToString().ToLowerInvariant();
        string layers = $"{start.Modules.Count} layers ({string.Join(", ", lora.TargetModules)})";
        Line($"{variant} of rank {lora.Rank}, alpha {lora.Alpha} on {layers}: {start.ParameterCount:N0} trained values");
        string measured = FormattableString.Invariant(
            $"{task.HeldOut:N0} to measure on{(task.Labels is { } labels ? $", {labels.Count} labels" : "")}");
        Line($"{task.Training:N0} examples to train on, {measured}; {plan.Steps:N0} steps of {plan.ExamplesPerStep}");
    }

    private void PrintEnd(TrainLoop loop, TrainingPlan plan, TaskMetrics? metrics)
    {
        Line($"{plan.Steps} steps, {loop.Seconds:0.0} s, {loop.TokensPerSecond:0} tokens/s");
        if (metrics is not null)
        {
            Line($"held out, {metrics.Line}");
        }

        Line($"  {settings.Out}");
    }

    private void Line(FormattableString text) => output.WriteLine(SafeText.OneLine(text.ToString(CultureInfo.InvariantCulture)));

    private TrainReport Report(
        BaseModel model, IEngine engine, LoraAdapter start, ITuningTask task, TrainLoop loop, TaskMetrics? metrics, long peakBytes) => new()
        {
            Task = settings.Task.Name,
            Model = settings.Model,
            ModelSha256 = model.Sha256,
            Engine = engine.Name,
            Device = engine.Device,
            PeakBytes = peakBytes,
            Variant = start.Settings.Variant.ToString().ToLowerInvariant(),
            Rank = start.Settings.Rank,
            Alpha = start.Settings.Alpha,
            Targets = start.Settings.TargetModules,
            TrainedParameters = start.ParameterCount,
            Labels = task.Labels,
            TrainingExamples = task.Training,
            HeldOutExamples = task.HeldOut,
            Seed = settings.Plan.Seed,
            Losses = loop.Losses,
            Metrics = metrics?.Figures,
            TokensPerSecond = Math.Round(loop.TokensPerSecond, 1),
            Seconds = Math.Round(loop.Seconds, 3),
            Adapter = settings.Out,
        };
}
