using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Demo;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Benchmarks.Ranks;

/// <summary>
/// Federations of agents of ranks 2, 4, 8 and 16 beside one in which all have 8: accuracy, bytes, and what is left beyond the smallest rank.
/// </summary>
internal static class RankBenchmark
{
    private const int Rounds = 8;
    private const int Steps = 30;
    private const int Batch = 16;
    private const int MaxTokens = 64;
    private const double Skew = 0.5;
    private const double ScalePerRank = 2;

    private static readonly RankSetting[] Settings =
    [
        new("8 everywhere", [8, 8, 8, 8, 8, 8, 8, 8], ByHolders: true),
        new("2, 4, 8, 16 by holders", [2, 4, 8, 16, 2, 4, 8, 16], ByHolders: true),
        new("2, 4, 8, 16 padded with zeros", [2, 4, 8, 16, 2, 4, 8, 16], ByHolders: false),
        new("2 everywhere", [2, 2, 2, 2, 2, 2, 2, 2], ByHolders: true),
    ];

    /// <param name="data">Folder of TREC-6: train.jsonl and test.jsonl.</param>
    /// <param name="model">Folder of the model that learns it.</param>
    /// <param name="embedded">Folder of the model that comes with EdgeFlora.</param>
    /// <param name="onlyPair">Only rank 8 everywhere, and different ranks as a run merges them.</param>
    public static void Run(TextWriter output, string data, string model, string embedded, IReadOnlyList<ulong> seeds, bool onlyPair)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"8 agents, {Rounds} rounds of {Steps} steps of {Batch}, Dirichlet {Skew}, FloraNA, int8 up and fp16 down, 1 thread."));
        output.WriteLine();
        output.WriteLine("| task | ranks | gauge | seed | test accuracy | kB up a round | kB down a round | energy beyond component 2 |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|");
        foreach (ulong seed in seeds)
        {
            foreach (RankCase task in Cases(data, model, embedded, seed))
            {
                foreach (RankSetting setting in onlyPair ? Settings[..1] : Settings)
                {
                    output.WriteLine(Measure(task, setting, Gauge.Principal, seed));
                    output.Flush();
                }

                output.WriteLine(Measure(task, Settings[1], Gauge.Balanced, seed));
                output.Flush();
            }
        }
    }

    private static IEnumerable<RankCase> Cases(string data, string model, string embedded, ulong seed)
    {
        DemoTask demo = DemoTask.Create(SdkCorpus.Load(ReferencePacks.Locate()), seed);
        yield return new RankCase("SDK sentences", BaseModel.Load(embedded), ["query", "value"], demo.Labels, demo.Training, demo.Test, 3e-3);
        LabelledDataSet training = LabelledDataSet.Read(Path.Combine(data, "train.jsonl"));
        LabelledDataSet test = LabelledDataSet.Read(Path.Combine(data, "test.jsonl"), labels: training.Labels);
        yield return new RankCase(
            "TREC-6", BaseModel.Load(model), ["qkv", "output", "up", "down", "residual"], training.Labels, training.Examples, test.Examples, 1e-3);
    }

    private static string Measure(RankCase task, RankSetting setting, Gauge gauge, ulong seed)
    {
        int highest = setting.Ranks.Max();
        using var files = BaseModelFolder.Open(task.Model.Folder);
        var lora = new LoraSettings { Rank = highest, Alpha = ScalePerRank * highest, TargetModules = task.Targets };
        LoraAdapter global = files.FirstAdapter(lora, task.Labels.Count, seed);
        IReadOnlyList<IReadOnlyList<Example>> parts = Partition.Dirichlet(task.Training, setting.Ranks.Count, Skew, seed);
        var options = new AggregationOptions { Gauge = gauge, MixedRanks = setting.ByHolders, ServerRate = 1.5, Seed = seed, Threads = 1 };
        long up = 0;
        long down = 0;
        for (int round = 1; round <= Rounds; round++)
        {
            Update[] updates = new Update[parts.Count];
            for (int agent = 0; agent < updates.Length; agent++)
            {
                var start = new AdapterReference(Sent(RankReadOut.First(global, setting.Ranks[agent]), "fp16", reference: null, ref down));
                LoraAdapter trained = Trained(task, start.Adapter, parts[agent], SeededRandom.For(seed, $"training {round}", agent).NextUInt64());
                updates[agent] = new Update($"{agent}", parts[agent].Count, Sent(trained, "int8", start, ref up));
            }

            global = Aggregator.Aggregate(options, global, updates, round).Global;
        }

        using IFineTuning measuring = new PortableEngine().Start(task.Model, global, task.Labels, [], Plan(task, seed));
        double accuracy = measuring.Evaluate(task.Test, CancellationToken.None).Accuracy;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {task.Name} | {setting.Name} | {gauge} | {seed} | {accuracy:F4} | {up / 1e3 / Rounds:F0} | {down / 1e3 / Rounds:F0} | {EnergyBeyond(global, 2):P1} |");
    }

    private static LoraAdapter Trained(RankCase task, LoraAdapter start, IReadOnlyList<Example> examples, ulong seed)
    {
        using IFineTuning tuning = new PortableEngine().Start(task.Model, start, task.Labels, examples, Plan(task, seed));
        for (int step = 0; step < Steps; step++)
        {
            tuning.TrainStep();
        }

        return tuning.Snapshot();
    }

    private static TrainingPlan Plan(RankCase task, ulong seed) => new()
    {
        Steps = Steps,
        BatchSize = Batch,
        LearningRate = task.LearningRate,
        MaxTokens = Math.Min(MaxTokens, task.Model.MaxTokens),
        LogitAdjustment = 1,
        Seed = seed,
        Threads = 1,
    };

    /// <summary>What arrives, and its bytes counted.</summary>
    private static LoraAdapter Sent(LoraAdapter adapter, string codec, AdapterReference? reference, ref long bytes)
    {
        byte[] body = AdapterCodec.Parse(codec).Encode(adapter, reference);
        bytes += body.Length;
        return AdapterPayload.Decode(body, AdapterShape.Of(adapter), reference);
    }

    /// <summary>Share of the squared product, over all modules, outside the leading components.</summary>
    private static double EnergyBeyond(LoraAdapter global, int components)
    {
        if (global.Settings.Rank <= components)
        {
            return 0;
        }

        LoraAdapter ordered = RankReadOut.Ordered(global, Gauge.Balanced);
        double whole = Energy(ordered);
        return 1 - (Energy(RankReadOut.First(ordered, components)) / whole);
    }

    private static double Energy(LoraAdapter adapter) => adapter.Modules.Values.Sum(ProductGeometry.Energy);
}
