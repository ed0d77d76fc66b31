namespace EdgeFlora.Learning.Programs;

/// <summary>How a program ended.</summary>
/// <param name="Message">The end of what it wrote to standard error, for people.</param>
public sealed record ProgramResult(ProgramOutcome Outcome, string Message);

/// <summary>How a program ended.</summary>
public enum ProgramOutcome
{
    /// <summary>It ran to its last line.</summary>
    Passed,

    /// <summary>It ended before its last line: an error, an early exit, a limit.</summary>
    Failed,

    /// <summary>It was killed when its time was over.</summary>
    TimedOut,
}
