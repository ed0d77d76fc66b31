namespace EdgeFlora.Learning.Tests;

/// <summary>Bytes that the calling thread allocates.</summary>
internal static class Allocation
{
    /// <summary>
    /// The least of five calls: a collection that another test sets off counts what is left of the thread's allotment as allocated.
    /// </summary>
    /// <param name="action">Told the number of the call, from 1.</param>
    public static long Least(Action<int> action) => Enumerable.Range(1, 5).Min(call =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action(call);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
