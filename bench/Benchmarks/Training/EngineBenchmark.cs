using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Benchmarks.Training;

/// <summary>A LoRA step in every engine that there is, each in a process of its own, so that memory is told apart; turn by turn, so that a busy machine meets all alike.</summary>
internal static class EngineBenchmark
{
    private const int WarmUpSteps = 8;
    private const int Steps = 40;

    private static readonly BertConfig Encoder = new()
    {
        VocabularySize = 6144,
        HiddenSize = 384,
        Layers = 6,
        Heads = 12,
        IntermediateSize = 1536,
        MaxPositions = 128,
    };

    /// <summary>Texts of exactly 64 tokens, and of 16 … 64 as real ones are.</summary>
    private static readonly (string Name, int Shortest)[] Cases = [("64 tokens each", 64), ("16 … 64 tokens", 16)];

    public static void Run(TextWriter output)
    {
        IReadOnlyList<RemoteEngine> engines = Engines(output);
        output.WriteLine("6 layers, 384 wide, 16 texts a step, rank 8 on query and value:");
        output.WriteLine();
        output.WriteLine("| texts | threads | engine | tokens/s, median | best | step, ms | × torch, median | best | peak MiB |");
        output.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|---:|");
        string folder = Directory.CreateTempSubdirectory("edgeflora-benchmark-").FullName;
        try
        {
            BaseModel model = RandomBert.Write(Encoder, folder);
            foreach ((string name, int shortest) in Cases)
            {
                foreach (int threads in new[] { 1, 2 })
                {
                    Compare(output, name, shortest, threads, model, engines);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<RemoteEngine> Engines(TextWriter output)
    {
        var engines = new List<RemoteEngine> { Open(new WorkerProgram(typeof(EngineBenchmark).Assembly.Location, ["worker"])) };
        if (TorchWorker.Find(AppContext.BaseDirectory) is not { } torch)
        {
            output.WriteLine($"Without torch: {TorchWorker.HowToGet}.");
            return engines;
        }

        try
        {
            engines.Add(Open(new WorkerProgram(torch, ["cpu"])));
            output.WriteLine($"torch: {engines[^1].Device}.");
        }
        catch (EngineUnavailableException reason)
        {
            output.WriteLine($"Without torch: {reason.Message}.");
        }

        return engines;
    }

    private static RemoteEngine Open(WorkerProgram program) => RemoteEngine.Open(program, RemoteEngine.DefaultPatience, TimeProvider.System);

    private static void Compare(TextWriter output, string name, int shortest, int threads, BaseModel model, IReadOnlyList<RemoteEngine> engines)
    {
        const int batch = 16, longest = 64;
        Example[] examples = [.. Enumerable.Range(0, batch).Select(i => new Example(
            string.Join(' ', Enumerable.Repeat(RandomBert.Word, shortest + (i * (longest - shortest) / (batch - 1)) - 2)), null, i % 2))];
        int tokens = examples.Sum(example => model.Tokenizer.Encode(example.Text, null, longest).Length);
        var plan = new TrainingPlan { Steps = 100_000, BatchSize = batch, LearningRate = 1e-4, MaxTokens = longest, Seed = 1, Threads = threads };
        IFineTuning[] trainings = [.. engines.Select(engine => engine.Start(model, TrainingBenchmark.Adapter(model, ["query", "value"]), ["even", "odd"], examples, plan))];
        double[][] seconds = [.. trainings.Select(_ => new double[Steps])];
        for (int step = -WarmUpSteps; step < Steps; step++)
        {
            for (int i = 0; i < trainings.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                trainings[i].TrainStep();
                if (step >= 0)
                {
                    seconds[i][step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            }
        }

        foreach (double[] times in seconds)
        {
            Array.Sort(times);
        }

        for (int i = 0; i < trainings.Length; i++)
        {
            (double median, double best) = (seconds[i][Steps / 2], seconds[i][0]);
            (double ofTorch, double bestOfTorch) = (seconds[^1][Steps / 2] / median, seconds[^1][0] / best);
            string ratio = trainings.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $"{ofTorch:F2} | {bestOfTorch:F2}") : "– | –";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {threads} | {engines[i].Name} | {tokens / median:N0} | {tokens / best:N0} | {1000 * median:F1} | {ratio} | {trainings[i].PeakBytes >> 20} |"));
            trainings[i].Dispose();
        }
    }
}
