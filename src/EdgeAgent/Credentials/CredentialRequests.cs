using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>Asks the service for the change of a password, until it answers or for a minute. One caller at a time.</summary>
/// <param name="installation">Of the agent's state folder.</param>
/// <param name="header">Makes a message's header, of a kind and about a content.</param>
/// <param name="replyQueue">Where the agent listens now.</param>
/// <param name="send">Sends to the fleet; whether it has gone out.</param>
internal sealed class CredentialRequests(
    Guid installation, Func<string, string, MessageHeader> header, Func<string> replyQueue,
    Func<CredentialChange, CancellationToken, Task<bool>> send, TimeProvider clock)
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(10);

    private volatile Question? open;

    public void Answered(CredentialAnswer answer)
    {
        if (open is { } question && answer.PasswordHash == question.Hash)
        {
            question.Answer.TrySetResult(answer);
        }
    }

    /// <returns>Null: nobody answered.</returns>
    public async Task<CredentialAnswer?> AskAsync(string hash, CancellationToken stop)
    {
        var question = new Question(hash);
        open = question;
        long began = clock.GetTimestamp();
        try
        {
            while (clock.GetElapsedTime(began) < Patience)
            {
                await send(
                    new CredentialChange
                    {
                        Header = header(nameof(CredentialChange), hash),
                        Installation = installation,
                        ReplyQueue = replyQueue(),
                        PasswordHash = hash,
                    },
                    stop);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
                if (await Task.WhenAny(question.Answer.Task, Task.Delay(Repeat, clock, either.Token)) == question.Answer.Task)
                {
                    await either.CancelAsync();
                    return await question.Answer.Task;
                }

                stop.ThrowIfCancellationRequested();
            }

            return null;
        }
        finally
        {
            open = null;
        }
    }

    private sealed record Question(string Hash)
    {
        public TaskCompletionSource<CredentialAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
