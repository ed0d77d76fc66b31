using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>A run spec, or a change of one, has mistakes: a line for each.</summary>
internal sealed class SpecException : Exception
{
    public SpecException()
    {
    }

    public SpecException(string message)
        : base(message) => Lines = [message];

    public SpecException(string message, Exception innerException)
        : base(message, innerException) => Lines = [message];

    public SpecException(IReadOnlyList<SpecMistake> mistakes)
        : base($"{mistakes.Count} mistakes") => Lines = [.. mistakes.Select(mistake => mistake.ToString())];

    public IReadOnlyList<string> Lines { get; } = [];
}
