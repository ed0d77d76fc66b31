namespace EdgeFlora.Cli.CommandLine;

/// <summary>
/// Something the user can mend. The message is one line that names the option, file or setting, its value, and what would be right.
/// </summary>
internal sealed class InputException : Exception
{
    public InputException()
    {
    }

    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What a library said about an argument, without the name of its parameter, which says nothing to users.</summary>
    public static InputException Of(ArgumentException refusal, string before = "", string after = "") =>
        new(before + refusal.Message.Replace($" (Parameter '{refusal.ParamName}')", "", StringComparison.Ordinal) + after, refusal);
}
