using System.Globalization;
using EdgeFlora.Benchmarks;
using EdgeFlora.Benchmarks.Accuracy;
using EdgeFlora.Benchmarks.Aggregation;
using EdgeFlora.Benchmarks.Fleet;
using EdgeFlora.Benchmarks.Language;
using EdgeFlora.Benchmarks.Matrices;
using EdgeFlora.Benchmarks.Programs;
using EdgeFlora.Benchmarks.Ranks;
using EdgeFlora.Benchmarks.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

switch (args)
{
    case ["matrix", .. string[] filter]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        MatrixBenchmark.Run(Console.Out, filter);
        return 0;
    case ["training", .. string[] filter]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        TrainingBenchmark.Run(Console.Out, filter);
        if (filter.Length == 0)
        {
            TrainingBenchmark.RunStorages(Console.Out);
            Console.WriteLine();
            EngineBenchmark.Run(Console.Out);
        }

        return 0;
    case ["engines"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        EngineBenchmark.Run(Console.Out);
        return 0;
    case ["worker"]:
        var portable = new PortableEngine();
        return WorkerConsole.Serve(() => new EngineProbe(portable.Name, Usable: true, portable.Device) { Device = "cpu", MemoryBytes = portable.MemoryBytes }, () => portable);
    case ["accuracy", "--data", string data, "--model", string model, .. string[] seeds] when seeds.All(seed => ulong.TryParse(seed, out _)):
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        AccuracyBenchmark.Run(Console.Out, data, model, [WeightStorage.Mapped, WeightStorage.Bf16, WeightStorage.EightBit], seeds.Length == 0 ? [1] : [.. seeds.Select(seed => ulong.Parse(seed, CultureInfo.InvariantCulture))]);
        return 0;
    case ["language", "--model", string model, "--data", string data]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        LanguageBenchmark.Run(Console.Out, model, data);
        return 0;
    case ["programs", "--data", string data]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        return await SolutionCheck.RunAsync(Console.Out, data, CancellationToken.None);
    case ["ranks", "--data", string data, "--model", string model, "--embedded", string embedded, .. string[] words]
        when words.All(word => word == "pair" || ulong.TryParse(word, out _)):
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        ulong[] asked = [.. words.Where(word => word != "pair").Select(seed => ulong.Parse(seed, CultureInfo.InvariantCulture))];
        RankBenchmark.Run(Console.Out, data, model, embedded, asked.Length == 0 ? [1] : asked, words.Contains("pair"));
        return 0;
    case ["aggregate"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        AggregateBenchmark.Run(Console.Out, Environment.ProcessorCount);
        return 0;
    case ["aggregate", string threads] when int.TryParse(threads, out int count) && count >= 1:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        AggregateBenchmark.Run(Console.Out, count);
        return 0;
    case ["aggregate-stream-write", string folder, string agents]:
        StreamBenchmark.Write(folder, int.Parse(agents, CultureInfo.InvariantCulture), layers: 32);
        return 0;
    case ["aggregate-stream", string folder, string strategy]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        StreamBenchmark.Merge(Console.Out, folder, strategy);
        return 0;
    case ["aggregate-table"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        ErrorTable.Run(Console.Out);
        return 0;
    case ["fleet"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        await FleetBenchmark.RunAsync(Console.Out);
        return 0;
    case ["aggregate-many"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        AggregateBenchmark.RunMany(Console.Out, "OptimalRank");
        AggregateBenchmark.RunMany(Console.Out, "FloraNA");
        return 0;
    default:
        Console.Error.WriteLine("Usage: Benchmarks matrix [WORD…]   (only the shapes whose line holds every WORD)\n       Benchmarks training [WORD…]\n       Benchmarks engines   (portable beside torch)\n       Benchmarks accuracy --data DIR --model DIR [SEED…]   (DIR/trec6, DIR/clinc150: train.jsonl, test.jsonl)\n       Benchmarks language --model DIR --data FILE   (a decoder, and a text or rows of texts)\n       Benchmarks programs --data DIR   (DIR/humaneval/test.jsonl, DIR/mbpp/all.jsonl: their own solutions in the sandbox)\n       Benchmarks ranks --data DIR --model DIR --embedded DIR [pair] [SEED…]   (DIR: train.jsonl, test.jsonl; ranks 2, 4, 8, 16 beside 8 everywhere; pair: only as a run does it)\n       Benchmarks aggregate [THREADS]\n       Benchmarks aggregate-many\n       Benchmarks aggregate-table\n       Benchmarks aggregate-stream-write DIR AGENTS   (100 agents: 8 GB)\n       Benchmarks aggregate-stream DIR STRATEGY\n       Benchmarks fleet   (one message's cost by the number of agents)");
        return 2;
}
