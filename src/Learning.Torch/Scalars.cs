using System.Collections.Concurrent;
using TorchSharp;

namespace EdgeFlora.Learning.Torch;

/// <summary>Numbers as libtorch takes them, kept for good.</summary>
/// <remarks>
/// TorchSharp hands the native memory of a <see cref="Scalar"/> over and holds the object no longer: one that nobody else holds may be collected
/// while libtorch still reads it. The values in use are few: scales, epsilons, sizes of batches.
/// </remarks>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Reals = new();
    private static readonly ConcurrentDictionary<long, Scalar> Integers = new();

    public static Scalar Of(double value) => Reals.GetOrAdd(value, static number => number.ToScalar());

    public static Scalar Of(long value) => Integers.GetOrAdd(value, static number => number.ToScalar());
}
