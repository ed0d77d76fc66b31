using EdgeFlora.Benchmarks;
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
    default:
        Console.Error.WriteLine("Usage: Benchmarks matrix [WORD…]   (only the shapes whose line holds every WORD)\n       Benchmarks training");
        return 2;
}
