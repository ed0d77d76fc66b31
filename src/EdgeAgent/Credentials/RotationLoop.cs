using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>Has the password changed when it is old, or when the service wishes so.</summary>
/// <param name="age">At which age; agents that were enrolled together come up to a tenth earlier, each at a time of its own.</param>
/// <param name="installation">Of the state folder.</param>
/// <param name="isJoined">Whether there is a service that would answer.</param>
internal sealed class RotationLoop(
    TimeSpan age, Guid installation, CredentialFiles files, CredentialRotation rotation, CredentialRequests requests, Func<bool> isJoined,
    TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>Between looks at the password's age.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMinutes(10);

    /// <summary>Until a password is tried again that the service will not change.</summary>
    public static readonly TimeSpan AfterRefusal = TimeSpan.FromDays(1);

    /// <summary>From a start or a failure to the next look.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim asked = new(0);
    private readonly TimeSpan due = age * (1 - (0.1 * (installation.GetHashCode() & 0xff) / 256));
    private volatile bool wanted;

    /// <summary>The service wishes it, until it is done or the service itself refuses.</summary>
    public void Want()
    {
        if (!wanted)
        {
            wanted = true;
            asked.Release();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan pause = Soon;
        while (true)
        {
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                await Task.WhenAny(asked.WaitAsync(either.Token), Task.Delay(pause, clock, either.Token));
                await either.CancelAsync();
                stop.ThrowIfCancellationRequested();
            }

            pause = await LookAsync(stop);
        }
    }

    /// <summary>Looks once whether the password is to be changed, and changes it.</summary>
    /// <returns>How long to wait then.</returns>
    public async Task<TimeSpan> LookAsync(CancellationToken stop) =>
        !isJoined() ? Soon : wanted || files.Age >= due ? await RotateAsync(stop) : Look;

    public void Dispose() => asked.Dispose();

    private async Task<TimeSpan> RotateAsync(CancellationToken stop)
    {
        RotationOutcome outcome;
        try
        {
            outcome = await rotation.RotateAsync(requests.AskAsync, stop);
        }
        catch (Exception disk) when (disk is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            outcome = new RotationOutcome(RotationResult.Undecided, disk.Message);
        }

        switch (outcome.Result)
        {
            case RotationResult.Done:
                wanted = false;
                log.PasswordRotated();
                return Look;
            case RotationResult.Refused:
                wanted = false;
                log.PasswordNotRotated(outcome.Sentence, AfterRefusal);
                return AfterRefusal;
            default:
                log.PasswordNotRotated(outcome.Sentence, Look);
                return Look;
        }
    }
}
