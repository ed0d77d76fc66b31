using EdgeFlora.Benchmarks;
using EdgeFlora.Benchmarks.Matrices;

switch (args)
{
    case ["matrix", .. string[] filter]:
        Console.WriteLine(Hardware.Describe());
        Console.WriteLine();
        MatrixBenchmark.Run(Console.Out, filter);
        return 0;
    default:
        Console.Error.WriteLine("Usage: Benchmarks matrix [WORD…]   (only the shapes whose line holds every WORD)");
        return 2;
}
