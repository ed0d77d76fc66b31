using EdgeFlora.Benchmarks;
using EdgeFlora.Benchmarks.Aggregation;
using EdgeFlora.Benchmarks.Matrices;
using EdgeFlora.Benchmarks.Training;

switch (args)
{
    case ["matrix", .. string[] filter]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        MatrixBenchmark.Run(Console.Out, filter);
        return 0;
    case ["training"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        TrainingBenchmark.Run(Console.Out);
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
    case ["aggregate-many"]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        AggregateBenchmark.RunMany(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("Usage: Benchmarks matrix [WORD…]   (only the shapes whose line holds every WORD)\n       Benchmarks training\n       Benchmarks aggregate [THREADS]\n       Benchmarks aggregate-many");
        return 2;
}
