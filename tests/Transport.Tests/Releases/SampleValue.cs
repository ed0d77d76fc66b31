using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Transport.Tests.Releases;

/// <summary>Fills every property of a message, each with another value, so that one that is lost on the way is missed.</summary>
internal sealed class SampleValue
{
    private int count;

    /// <exception cref="NotSupportedException">
    /// A message has a property of a kind that no message had before; say here what it is filled with.
    /// </exception>
    public object Of(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        Type inner = Nullable.GetUnderlyingType(type) ?? type;
        count++;
        return inner switch
        {
            _ when inner == typeof(string) => $"text {count}",
            _ when inner == typeof(bool) => true,
            _ when inner == typeof(int) => count,
            _ when inner == typeof(long) => 10_000_000_000 + count,
            _ when inner == typeof(ulong) => 10_000_000_000ul + (ulong)count,
            _ when inner == typeof(double) => count + 0.25,
            _ when inner == typeof(Guid) => new Guid(count, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
            { IsEnum: true } => LastOf(inner),
            { IsGenericType: true } when inner.IsAssignableTo(typeof(IEnumerable)) => Collection(inner),
            _ when inner.Namespace!.StartsWith(typeof(Contracts.ContractVersion).Namespace!, StringComparison.Ordinal) => Record(inner),
            _ => throw new NotSupportedException($"{inner} is in no message yet"),
        };
    }

    private static object LastOf(Type type) => Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => Enum.ToObject(type, value)).Max()!;

    private object Collection(Type type)
    {
        Type[] items = type.GetGenericArguments();
        if (items.Length == 2)
        {
            var pairs = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(items))!;
            pairs.Add(Of(items[0]), Of(items[1]));
            return pairs;
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(items))!;
        list.Add(Of(items[0]));
        return list;
    }

    private object Record(Type type)
    {
        object record = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite).OrderBy(property => property.Name))
        {
            property.SetValue(record, Of(property.PropertyType));
        }

        return record;
    }
}
