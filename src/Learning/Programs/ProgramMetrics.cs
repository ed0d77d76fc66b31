namespace EdgeFlora.Learning.Programs;

/// <summary>How many problems are solved by what a model wrote.</summary>
/// <param name="Samples">Programs written for each.</param>
/// <param name="PassAt1">Chance that a program passes.</param>
/// <param name="PassAtSamples">Chance that any of a problem's programs does.</param>
/// <param name="TimedOut">Programs that were killed when their time was over.</param>
public sealed record ProgramMetrics(int Problems, int Samples, double PassAt1, double PassAtSamples, int TimedOut)
{
    /// <summary>Runs what was written for each problem against its tests.</summary>
    /// <param name="written">For every problem its programs, one problem after the other.</param>
    /// <param name="atOnce">Programs that run at once; ≥ 1.</param>
    /// <exception cref="ArgumentException">There are not equally many programs for each problem.</exception>
    public static async Task<ProgramMetrics> ScoreAsync(
        ProgramSandbox sandbox, IReadOnlyList<ProgramProblem> problems, IReadOnlyList<string> written, int atOnce,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(written);
        if (problems.Count == 0 || written.Count == 0 || written.Count % problems.Count != 0)
        {
            throw new ArgumentException($"{written.Count} programs are not equally many for each of {problems.Count} problems.", nameof(written));
        }

        int samples = written.Count / problems.Count;
        var outcomes = new ProgramOutcome[written.Count];
        await Parallel.ForAsync(
            0,
            written.Count,
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                string program = problems[i / samples].Program(written[i]);
                outcomes[i] = (await sandbox.RunAsync(program, token).ConfigureAwait(false)).Outcome;
            }).ConfigureAwait(false);
        int[] passed = [.. outcomes.Chunk(samples).Select(problem => problem.Count(outcome => outcome == ProgramOutcome.Passed))];
        return new ProgramMetrics(
            problems.Count,
            samples,
            passed.Average(count => PassAtK.Estimate(samples, count, 1)),
            passed.Average(count => PassAtK.Estimate(samples, count, samples)),
            outcomes.Count(outcome => outcome == ProgramOutcome.TimedOut));
    }
}
