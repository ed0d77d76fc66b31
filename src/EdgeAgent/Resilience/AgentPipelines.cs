using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace EdgeFlora.EdgeAgent.Resilience;

/// <summary>
/// The retries of an agent, one pipeline per hop: exponential with jitter, limited, and a breaker that stops hammering a broker that is down.
/// </summary>
/// <remarks>
/// Each attempt has one time limit, kept by what is called: the courier's patience, the exchange's silence, the wait for a queue. Nothing is
/// retried twice.
/// </remarks>
internal sealed class AgentPipelines
{
    public AgentPipelines(ResilienceOptions options, TimeProvider clock, ILogger log)
    {
        Connect = Build(nameof(Connect), options, clock, log);
        Transfer = Build(nameof(Transfer), options, clock, log);
        Send = Build(nameof(Send), options, clock, log);
    }

    /// <summary>Attaching the agent's queues.</summary>
    public ResiliencePipeline Connect { get; }

    /// <summary>Fetching and handing over bodies.</summary>
    public ResiliencePipeline Transfer { get; }

    /// <summary>Sending what must arrive.</summary>
    public ResiliencePipeline Send { get; }

    /// <summary>Whether a failure is the network's or the broker's and may pass by itself.</summary>
    public static bool IsTransient(Exception failure) =>
        failure is TimeoutException or IOException or BrokenCircuitException or BrokerUnreachableException || BrokerAnswers.IsOutage(failure);

    /// <summary>As <see cref="IsTransient(Exception)"/>; a cancellation that is not the caller's own is a time-out of what was called.</summary>
    public static bool IsTransient(Exception failure, CancellationToken callers) =>
        IsTransient(failure) || (failure is OperationCanceledException && !callers.IsCancellationRequested);

    private static ResiliencePipeline Build(string hop, ResilienceOptions options, TimeProvider clock, ILogger log)
    {
        var builder = new ResiliencePipelineBuilder { Name = hop, TimeProvider = clock };
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = retry => ValueTask.FromResult(
                    retry.Outcome.Exception is { } failure && IsTransient(failure, retry.Context.CancellationToken)),
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstDelay,
                MaxDelay = options.LongestDelay,
                OnRetry = retry =>
                {
                    log.Retrying(hop, retry.AttemptNumber + 1, retry.RetryDelay, retry.Outcome.Exception?.Message ?? "");
                    return ValueTask.CompletedTask;
                },
            });
        }

        return builder
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Exception is { } failure && IsTransient(failure, attempt.Context.CancellationToken)),
                FailureRatio = 0.5,
                MinimumThroughput = 8,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = options.BreakDuration,
            })
            // Figures of every attempt on the meter "Polly"; what is worth a line is logged above.
            .ConfigureTelemetry(NullLoggerFactory.Instance)
            .Build();
    }
}
