namespace EdgeFlora.Cli.Doctor;

/// <summary>How far this machine's clock is from another's.</summary>
internal static class ClockFinding
{
    // A Date header counts whole seconds, and the answer was some time under way.
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Harmful = TimeSpan.FromMinutes(10);

    /// <param name="theirs">By the other's clock; null: it does not tell.</param>
    public static Finding Of(DateTimeOffset? theirs, DateTimeOffset ours)
    {
        if (theirs is not { } told)
        {
            return Finding.NotTried("the service does not tell its time");
        }

        TimeSpan apart = ours - told;
        string text = FormattableString.Invariant(
            $"this machine's clock is {Math.Abs(apart.TotalSeconds):0} s {(apart < TimeSpan.Zero ? "behind" : "ahead of")} the service's");
        const string Mend = "set the clock: sudo timedatectl set-ntp true";
        return apart.Duration() > Harmful ? Finding.Failed($"{text}; certificates and working hours go by it", Mend)
            : apart.Duration() > Tolerated ? Finding.Warning(text, Mend)
            : Finding.Ok(text);
    }
}
