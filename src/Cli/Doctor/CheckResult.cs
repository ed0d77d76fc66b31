namespace EdgeFlora.Cli.Doctor;

/// <summary>One check and what came of it.</summary>
/// <param name="Did">What it did, or would have done.</param>
/// <param name="LimitSeconds">Longest it might have taken.</param>
/// <param name="Seconds">How long it took; 0 where it was not tried.</param>
internal sealed record CheckResult(string Name, string Did, double LimitSeconds, double Seconds, Finding Finding);
