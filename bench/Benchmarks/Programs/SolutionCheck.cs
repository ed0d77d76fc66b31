using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Learning.Programs;

namespace EdgeFlora.Benchmarks.Programs;

/// <summary>Whether the sandbox lets right programs pass: it runs the data sets' own solutions, and empty answers, which must fail.</summary>
internal static class SolutionCheck
{
    /// <param name="data">Folder with the folders humaneval and mbpp.</param>
    /// <returns>0 if every solution passed and no empty answer did; else 1.</returns>
    public static async Task<int> RunAsync(TextWriter output, string data, CancellationToken cancellationToken)
    {
        ProgramSandbox sandbox = await ProgramSandbox.OpenAsync(limits: null, cancellationToken);
        output.WriteLine("| data set | problems | own solutions that pass | empty answers that pass | seconds for both |");
        output.WriteLine("|---|---:|---:|---:|---:|");
        (string Name, ProgramBenchmark Benchmark)[] sets =
        [
            ("HumanEval", ProgramBenchmark.ReadHumanEval(Path.Combine(data, "humaneval", "test.jsonl"))),
            ("MBPP", ProgramBenchmark.ReadMbpp(Path.Combine(data, "mbpp", "all.jsonl"))),
        ];
        var wrong = new List<string>();
        foreach ((string name, ProgramBenchmark benchmark) in sets)
        {
            ProgramProblem[] problems = [.. benchmark.Problems.Where(problem => problem.Solution is not null)];
            long start = Stopwatch.GetTimestamp();
            ProgramResult[] solved = await RunAsync(sandbox, problems, problem => problem.Solution!, cancellationToken);
            ProgramResult[] empty = await RunAsync(sandbox, problems, problem => problem.Before.Length == 0 ? "" : "    pass", cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {problems.Length} | {Passed(solved)} | {Passed(empty)} | {seconds:F0} |"));
            wrong.AddRange(problems.Zip(solved).Where(pair => pair.Second.Outcome != ProgramOutcome.Passed).Select(pair => $"{name} {pair.First.Id}: {pair.Second.Outcome}, {LastLine(pair.Second.Message)}"));
            wrong.AddRange(problems.Zip(empty).Where(pair => pair.Second.Outcome == ProgramOutcome.Passed).Select(pair => $"{name} {pair.First.Id}: passes with an empty answer"));
        }

        output.WriteLine();
        foreach (string line in wrong)
        {
            output.WriteLine($"- {line}");
        }

        return wrong.Count == 0 ? 0 : 1;
    }

    private static async Task<ProgramResult[]> RunAsync(ProgramSandbox sandbox, ProgramProblem[] problems, Func<ProgramProblem, string> written, CancellationToken cancellationToken)
    {
        var results = new ProgramResult[problems.Length];
        await Parallel.ForAsync(
            0, problems.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (i, token) => results[i] = await sandbox.RunAsync(problems[i].Program(written(problems[i])), token));
        return results;
    }

    private static int Passed(ProgramResult[] results) => results.Count(result => result.Outcome == ProgramOutcome.Passed);

    private static string LastLine(string message) => message.TrimEnd().Split('\n')[^1];
}
