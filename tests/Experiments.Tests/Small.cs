using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Experiments.Tests;

/// <summary>An experiment of moments: a random BERT and sentences of four words.</summary>
internal sealed class Small : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly BaseModel model;
    private readonly TextPool pool;

    public Small()
    {
        model = RandomBert.Write(Path.Combine(folder.Path, "model"));
        string train = RandomBert.WriteData(Path.Combine(folder.Path, "train.jsonl"), 90, 1);
        string test = RandomBert.WriteData(Path.Combine(folder.Path, "test.jsonl"), 40, 2);
        pool = TextPool.Read(new DataFiles(train, test));
    }

    public static Experiment Experiment(params string[] methods) => new()
    {
        Name = "small",
        Seeds = [3],
        Rounds = 3,
        Methods = [.. methods.Select(Parsed)],
        Regimes = [new Regime(3, 0.5, 1, 2, 4)],
        Lora = new LoraOptions { Rank = 2, Alpha = 4, TargetModules = ["query", "value"] },
        Training = new TrainingOptions { BatchSize = 8, MaxTokens = 12, LearningRate = 5e-3 },
    };

    public string Folder(string name) => Path.Combine(folder.Path, name);

    public IReadOnlyList<string> Lines(string name, string kind) =>
    [
        .. File.ReadAllLines(Path.Combine(Folder(name), "results.jsonl"))
            .Where(line => line.Contains($"\"Kind\":\"{kind}\"", StringComparison.Ordinal)),
    ];

    public async Task<ExperimentResult> RunAsync(
        Experiment experiment, string name, int threads = 2, Action<ExperimentProgress>? report = null, CancellationToken? stop = null)
    {
        using var runner = new ExperimentRunner(
            experiment, pool, model, new PortableEngine(), Folder(name), threads, TimeProvider.System, report ?? (_ => { }));
        return await runner.RunAsync(stop ?? TestContext.Current.CancellationToken);
    }

    public void Dispose() => folder.Dispose();

    private static Method Parsed(string text) =>
        Method.TryParse(text, out Method? method, out string? problem) ? method : throw new ArgumentException(problem);
}
