namespace EdgeFlora.Cli.CommandLine;

/// <summary>Names of classes that are given although the rows of a head have names.</summary>
internal static class LabelOrder
{
    /// <summary>
    /// Other names rename the rows. The same names in another order are a mistake that nobody would see: each row would be taken for another class.
    /// </summary>
    /// <param name="given">As the option has them.</param>
    /// <param name="known">What the rows stand for; null if that is not known.</param>
    /// <param name="holder">What knows it: an option and its value.</param>
    /// <exception cref="InputException">They are the same names in another order.</exception>
    public static void Require(IReadOnlyList<string> given, IReadOnlyList<string>? known, string holder)
    {
        if (known is not null && !given.SequenceEqual(known, StringComparer.Ordinal) && given.Count == known.Count && !given.Except(known).Any())
        {
            throw new InputException(
                $"--labels is {string.Join(',', given)}, but {holder}, whose rows stand for {string.Join(',', known)} in this order; "
                    + "leave --labels out, or name them so");
        }
    }
}
