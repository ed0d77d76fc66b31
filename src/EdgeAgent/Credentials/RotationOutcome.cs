namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>What became of the change of a password.</summary>
/// <param name="Sentence">For people: why not, or that it is done.</param>
internal sealed record RotationOutcome(RotationResult Result, string Sentence);

/// <summary>How the change of a password has ended.</summary>
internal enum RotationResult
{
    /// <summary>The new one counts, here and at the broker.</summary>
    Done,

    /// <summary>The service will not change it.</summary>
    Refused,

    /// <summary>No service answered, or the broker could not be asked; tried again later.</summary>
    Undecided,

    /// <summary>Another process is about it.</summary>
    Busy,
}
