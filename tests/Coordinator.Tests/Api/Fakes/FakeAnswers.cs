using System.Collections.Concurrent;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Answers to commands by their idempotency keys, in memory.</summary>
internal sealed class FakeAnswers
{
    private readonly ConcurrentDictionary<string, (string Fingerprint, object? Answer)> answers = new();

    /// <summary>Does what a command asks for, or answers a repeat as the first time.</summary>
    public T Once<T>(CommandContext context, Func<T> act)
    {
        if (context.IdempotencyKey is not { } key)
        {
            return act();
        }

        if (answers.TryGetValue(key, out (string Fingerprint, object? Answer) known))
        {
            return known.Fingerprint == context.Fingerprint
                ? (T)known.Answer!
                : throw new ServiceRefusedException(ProblemCode.KeyReused, "the idempotency key was used for another request", "take a new key");
        }

        T answer = act();
        answers[key] = (context.Fingerprint, answer);
        return answer;
    }
}
