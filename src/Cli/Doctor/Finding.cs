namespace EdgeFlora.Cli.Doctor;

/// <summary>What a check found.</summary>
/// <param name="Text">In a sentence without a full stop.</param>
internal sealed record Finding(CheckOutcome Outcome, string Text)
{
    /// <summary>What mends it, as a command where there is one; null: nothing has to be mended.</summary>
    public string? Mend { get; init; }

    /// <summary>Whether the other side could not be reached: nothing here may have to be mended.</summary>
    public bool IsUnreachable { get; init; }

    public static Finding Ok(string text) => new(CheckOutcome.Ok, text);

    public static Finding Warning(string text, string mend) => new(CheckOutcome.Warning, text) { Mend = mend };

    public static Finding Failed(string text, string mend) => new(CheckOutcome.Failed, text) { Mend = mend };

    public static Finding Unreachable(string text, string mend) => new(CheckOutcome.Failed, text) { Mend = mend, IsUnreachable = true };

    public static Finding NotTried(string why) => new(CheckOutcome.NotTried, why);
}
