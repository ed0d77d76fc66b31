namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>How an enrolled agent changes its password by itself.</summary>
/// <param name="Age">At which age it does.</param>
/// <param name="LogIn">See <see cref="CredentialRotation"/>.</param>
internal sealed record RotationSettings(TimeSpan Age, Func<string, CancellationToken, Task<bool>> LogIn);
