using EdgeFlora.Learning.Generation;

namespace EdgeFlora.Cli.Tuning;

/// <summary>How a model is made to write, and what may be done with it.</summary>
/// <param name="Limit">Problems at most, from the first on; 0 for all.</param>
/// <param name="RunsPrograms">Whether programs that the model wrote may be run.</param>
/// <param name="Threads">Programs that run at once.</param>
internal sealed record WritingSettings(GenerationOptions Options, int Limit, bool RunsPrograms, int Threads)
{
    public IReadOnlyList<T> First<T>(IReadOnlyList<T> problems) => Limit == 0 ? problems : [.. problems.Take(Limit)];
}
