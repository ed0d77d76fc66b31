using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Commands;

/// <summary>The service does not do what was asked, and nothing has changed. Becomes problem details and an exit code.</summary>
public sealed class ServiceRefusedException : Exception
{
    public ServiceRefusedException()
    {
    }

    public ServiceRefusedException(string message)
        : base(message)
    {
    }

    public ServiceRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="message">What is wrong, in a sentence that names what was asked for.</param>
    /// <param name="fix">The way out, in a sentence, with the command where there is one.</param>
    /// <param name="mistakes">Every mistake, where the input is at fault.</param>
    public ServiceRefusedException(ProblemCode code, string message, string? fix = null, IReadOnlyList<SpecMistake>? mistakes = null)
        : base(message)
    {
        Code = code;
        Fix = fix;
        Mistakes = mistakes ?? [];
    }

    public ProblemCode Code { get; } = ProblemCode.Conflict;

    public string? Fix { get; }

    public IReadOnlyList<SpecMistake> Mistakes { get; } = [];
}
