using EdgeFlora.Contracts.Presence;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>
/// Changes an agent's password at the broker: makes one, has the service take its hash there, tries it, and only then lets go of the old one.
/// Ended at any point, the state folder holds one that counts.
/// </summary>
/// <param name="logIn">
/// Whether the broker accepts the password in a file, by a connection of its own; throws <see cref="BrokerUnreachableException"/> where it can't be
/// asked.
/// </param>
internal sealed class CredentialRotation(CredentialFiles files, Func<string, CancellationToken, Task<bool>> logIn)
{
    /// <summary>Rehearses crashes: called with the name of each point that has been reached.</summary>
    internal Action<string> Failpoint { get; init; } = static _ => { };

    /// <param name="ask">Brings a hash to the service; null: nobody answered.</param>
    public async Task<RotationOutcome> RotateAsync(Func<string, CancellationToken, Task<CredentialAnswer?>> ask, CancellationToken stop)
    {
        using IDisposable? held = files.TryTake();
        if (held is null)
        {
            return new RotationOutcome(RotationResult.Busy, "another process is changing the password");
        }

        string next = files.Prepare();
        Failpoint("prepared");
        CredentialAnswer? answer = await ask(PasswordHash.Of(next), stop);
        Failpoint("answered");
        if (answer?.Refusal is { } why)
        {
            return new RotationOutcome(RotationResult.Refused, why);
        }

        // Without an answer it may have been changed all the same.
        if (!await CountsAsync(stop))
        {
            return new RotationOutcome(
                RotationResult.Undecided,
                answer is null ? "no service answered" : "the broker does not accept the new password yet; the old one stays");
        }

        Failpoint("verified");
        files.Adopt();
        return new RotationOutcome(RotationResult.Done, "the password was changed");
    }

    /// <summary>After the broker has refused the password: takes the next one, if that counts.</summary>
    /// <returns>Whether it does.</returns>
    public async Task<bool> RecoverAsync(CancellationToken stop)
    {
        using IDisposable? held = files.TryTake();
        if (held is null || !files.HasNext || !await CountsAsync(stop))
        {
            return false;
        }

        files.Adopt();
        return true;
    }

    /// <summary>Takes the next password if the broker refuses the present one.</summary>
    /// <param name="file">Of the present one.</param>
    /// <exception cref="BrokerUnreachableException">The broker can't be asked.</exception>
    public async Task RecoverIfRefusedAsync(string file, CancellationToken stop)
    {
        if (files.HasNext && !await logIn(file, stop))
        {
            await RecoverAsync(stop);
        }
    }

    private async Task<bool> CountsAsync(CancellationToken stop)
    {
        try
        {
            return await logIn(files.NextFile, stop);
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }
}
