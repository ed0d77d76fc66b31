using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>
/// A trainer that is a few lines of shell, with the prepared adapter's folder as $1 and the task's as $2, and an agent that has it do tasks.
/// </summary>
internal sealed class ScriptedTrainer : IDisposable
{
    /// <summary>Steps of a task.</summary>
    public const int Steps = 20;

    public const string Progress = """for i in $(seq 20); do echo "{\"step\": $i, \"loss\": $((30 - i)).5, \"tokens\": 6}"; done >> "$2/progress.jsonl"; """;

    public const string Metrics = """echo '{"steps": 20, "before": {"loss": 0.7, "accuracy": 0.5, "macroF1": 0.4}, "after": {"loss": 0.6, "accuracy": 1}}' > "$2/metrics.json"; """;

    public const string Result = """cp -r "$1" "$2/result"; """;

    public const string Honest = Progress + Result + Metrics;

    private readonly PrivateData data;

    public ScriptedTrainer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs of these tests are shell scripts.");
        Model = TinyModel.Load(Folder.In("model"));
        IEnumerable<string> rows = Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}""");
        File.WriteAllLines(Folder.In("data.jsonl"), rows);
        data = PrivateData.Load(new DataSetOptions { Files = [Folder.In("data.jsonl")] });
        Directory.CreateDirectory(Folder.In("task"));
        PeftFolder.Write(Folder.In("trained"), Offers.Trained(1), null, "SEQ_CLS");
    }

    public TemporaryFolder Folder { get; } = new();

    public BaseModel Model { get; }

    /// <summary>The task's folder.</summary>
    public string Work => Folder.In("task/trainer");

    /// <summary>Where a script may write the id of its process: <c>echo $$ &gt; "$1/id"</c>.</summary>
    public string IdFile => Path.Combine(Folder.In("trained"), "id");

    /// <summary>Whether the process that wrote <see cref="IdFile"/> still runs.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(File.ReadAllText(IdFile), CultureInfo.InvariantCulture));
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public void Dispose() => Folder.Dispose();

    /// <summary>Has a script do a task.</summary>
    /// <param name="trained">The prepared adapter; null: <see cref="Offers.Trained"/>.</param>
    public TrainedUpdate Run(
        string script,
        Func<AgentOptions, AgentOptions>? change = null,
        TaskProgressBoard? board = null,
        FrozenFactors? frozen = null,
        TaskOffer? offer = null,
        Func<LoraAdapter>? trained = null,
        TimeProvider? clock = null,
        CancellationToken? cancel = null)
    {
        if (trained is not null)
        {
            PeftFolder.Write(Folder.In("trained"), trained(), null, "SEQ_CLS");
        }

        var options = new AgentOptions
        {
            Name = "a",
            Engine = AgentOptions.CommandEngine,
            Models = [ModelOptions.Of(Model.Folder)],
            Data = [new DataSetOptions { Files = [Folder.In("data.jsonl")] }],
            StateFolder = Folder.In("state"),
            Trainer = new TrainerOptions { Command = ["/bin/sh", "-c", script, "sh", Folder.In("trained")] },
        };
        options = change?.Invoke(options) ?? options;
        options.Validate();
        var training = new CommandTraining(options.Trainer!, options, Permits.Free, clock ?? TimeProvider.System, NullLogger.Instance);
        return training.Run(
            offer ?? Offers.Bare(),
            data,
            new TrainingStart(Model, Offers.Global, frozen ?? FrozenFactors.None),
            Folder.In("task/checkpoint"),
            board ?? new TaskProgressBoard(),
            cancel ?? TestContext.Current.CancellationToken);
    }
}
