using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;

[assembly: HangGuard]

namespace EdgeFlora.Tests.Given;

/// <summary>
/// Cancels a test that hangs: whatever it waits for with its token ends, and the trace tells where. Tests that run only when they are asked for may
/// take as long as they like.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class HangGuardAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Timer> timers = new(StringComparer.Ordinal);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!test.Explicit)
        {
            ITestContext context = TestContext.Current;
            timers[test.UniqueID] = new Timer(_ => Cancel(context), state: null, Limit, Timeout.InfiniteTimeSpan);
        }
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (timers.TryRemove(test.UniqueID, out Timer? timer))
        {
            timer.Dispose();
        }
    }

    private static void Cancel(ITestContext context)
    {
        context.TestOutputHelper?.WriteLine($"It hung: it was cancelled after {Limit.TotalMinutes:0} min.");
        context.CancelCurrentTest();
    }
}
