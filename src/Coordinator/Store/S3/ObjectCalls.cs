using Amazon.Runtime;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>Calls S3 within time limits, again and again for a while where it is away, and knows what is wrong with it. Thread-safe.</summary>
/// <param name="patience">Longest that a call which failed is tried again.</param>
/// <param name="silence">Longest without an answer, or between two pieces of a body that is read.</param>
internal sealed class ObjectCalls(S3Options options, TimeSpan patience, TimeSpan silence, TimeProvider time, ILogger? log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong is said at once, and then so often.</summary>
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private (DateTimeOffset Since, string Sentence)? trouble;
    private DateTimeOffset said;

    /// <summary>Since when calls fail, and why the last one did; null: they don't.</summary>
    public (DateTimeOffset Since, string Sentence)? Trouble
    {
        get
        {
            lock (gate)
            {
                return trouble;
            }
        }
    }

    /// <summary>Whether S3, or the way to it, made a call fail.</summary>
    public static bool IsOfCall(Exception failure) =>
        failure is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException
            or TimeoutException or CoordinatorOptionsException or System.Net.Sockets.SocketException;

    /// <summary>Ends after the longest that one attempt may take without a sign of life.</summary>
    public CancellationTokenSource Limit() => new(silence, time);

    /// <param name="deed">What is tried, after "may not".</param>
    /// <param name="name">Of the object; null: it concerns none.</param>
    /// <exception cref="ArchiveAwayException">It did not work in time, or is refused.</exception>
    /// <exception cref="FileNotFoundException">There is no such object.</exception>
    public async Task<T> TryAsync<T>(string deed, string? name, Func<Attempt, Task<T>> call, CancellationToken stop)
    {
        long began = time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            Exception broken;
            using (var attempt = new Attempt(Limit(), silence, stop))
            {
                try
                {
                    T answer = await call(attempt);
                    Works();
                    return answer;
                }
                catch (Exception failure) when (IsOfCall(failure) && !stop.IsCancellationRequested)
                {
                    broken = attempt.IsOver
                        ? new TimeoutException(FormattableString.Invariant($"it did not answer within {silence.TotalSeconds:0} s"), failure)
                        : failure;
                }
            }

            S3Failure told = S3Failure.Of(broken, options, deed);
            if (told.IsMissing)
            {
                Works();
                throw new FileNotFoundException($"{options}: there is no object {options.Prefix}{name}.", broken);
            }

            bool again = told.IsTransient && time.GetElapsedTime(began) + pause < patience;
            Fails(told.Sentence, again);
            if (!again)
            {
                throw new ArchiveAwayException(told.Sentence, broken) { IsTransient = told.IsTransient, IsUnreachable = told.IsUnreachable };
            }

            await Task.Delay(pause, time, stop);
        }
    }

    private void Works()
    {
        DateTimeOffset? since;
        lock (gate)
        {
            since = trouble?.Since;
            trouble = null;
        }

        if (since is { } began)
        {
            log?.ObjectStoreAnswers(options.ToString(), (int)(time.GetUtcNow() - began).TotalSeconds);
        }
    }

    private void Fails(string sentence, bool again)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            bool isNew = trouble is null || trouble.Value.Sentence != sentence;
            trouble = (trouble?.Since ?? now, sentence);
            if (!isNew && now - said < SayEvery)
            {
                return;
            }

            said = now;
        }

        string patient = FormattableString.Invariant($"it is tried for {patience.TotalSeconds:0} s (s3.timeout)");
        log?.ObjectStoreFails(sentence.TrimEnd('.'), again ? patient : "it is done when it is asked for again");
    }

    /// <summary>One attempt, with its time limit.</summary>
    internal sealed class Attempt : IDisposable
    {
        private readonly CancellationTokenSource limit;
        private readonly TimeSpan silence;
        private readonly CancellationTokenSource either;

        public Attempt(CancellationTokenSource limit, TimeSpan silence, CancellationToken stop)
        {
            this.limit = limit;
            this.silence = silence;
            either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        }

        public CancellationToken Token => either.Token;

        /// <summary>Whether its time is over.</summary>
        public bool IsOver => limit.IsCancellationRequested;

        /// <summary>There was a sign of life: the time begins anew.</summary>
        public void Extend() => limit.CancelAfter(silence);

        public void Dispose()
        {
            either.Dispose();
            limit.Dispose();
        }
    }
}
