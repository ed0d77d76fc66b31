namespace EdgeFlora.EdgeAgent.Options;

/// <summary>Timeouts, retries and circuit breakers of an agent. Section <c>Agent:Resilience</c>.</summary>
internal sealed record ResilienceOptions
{
    /// <summary>Longest one message waits for the broker to confirm it; 1 s … 10 min. Default 30 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which one attempt at moving a body ends; the next goes on where it stopped. 1 s … 10 min; default 15 s.</summary>
    public TimeSpan TransferSilence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time after which an unanswered hello or result is sent again, plus up to half of it at random; 0.1 s … 10 min. Default 2 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Retries after the first attempt of a send or transfer; 0 … 1000. Default 12: about four minutes with the default delays. A task that used
    /// them up rests for <see cref="LongestDelay"/> and goes on from its journal, until its hard cap.
    /// </summary>
    public int Retries { get; init; } = 12;

    /// <summary>Mean delay before the first retry; it doubles with each, with jitter. 10 ms … 1 min; default 0.5 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest delay between retries; at least the first, at most 10 min. Default 30 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long nothing is attempted after half of at least 8 attempts within 30 s failed; 0.5 s … 10 min. Default 5 s.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);

    internal IEnumerable<string> Problems() =>
    [
        .. Range(nameof(SendTimeout), SendTimeout, TimeSpan.FromSeconds(1)),
        .. Range(nameof(TransferSilence), TransferSilence, TimeSpan.FromSeconds(1)),
        .. Range(nameof(AnswerTimeout), AnswerTimeout, TimeSpan.FromSeconds(0.1)),
        .. Range(nameof(FirstDelay), FirstDelay, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
        .. Range(nameof(LongestDelay), LongestDelay, FirstDelay),
        .. Range(nameof(BreakDuration), BreakDuration, TimeSpan.FromSeconds(0.5)),
        .. Retries is >= 0 and <= 1000
            ? Array.Empty<string>()
            : [$"{AgentOptions.Section}:Resilience:{nameof(Retries)} is {Retries}; it must be from 0 to 1000."],
    ];

    private static IEnumerable<string> Range(string setting, TimeSpan value, TimeSpan least, TimeSpan? most = null)
    {
        TimeSpan upper = most ?? TimeSpan.FromMinutes(10);
        if (value < least || value > upper)
        {
            yield return $"{AgentOptions.Section}:Resilience:{setting} is {value:c}; it must be from {least:c} to {upper:c}.";
        }
    }
}
