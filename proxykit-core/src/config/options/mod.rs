//! Options by name: what each is called, how its value is written, which values it takes.
//!
//! One line in an [`options!`] list makes an option: a field for Rust, and a name for all who give options as text (C, Go,
//! Python, the command, a file). Nothing else has to be edited.

mod kind;
mod numbers;
mod texts;

pub(super) use kind::Kind;
pub use kind::OptionKind;
pub(super) use numbers::*;
pub(super) use texts::*;

/// What is known of an option, for those who show or convert options.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OptionInfo {
    /// Its name, the same in every language.
    pub name: &'static str,
    /// How its value is written.
    pub kind: OptionKind,
    /// What it is unless it is set, as it would be written.
    pub default: String,
    /// What it means.
    pub description: &'static str,
}

/// Makes a struct of options. Each line: the documentation, the field with its type, the default, and the [`Kind`] that
/// reads and checks it. The option's name is the field's, behind the prefix.
macro_rules! options {
    (
        $(#[$meta:meta])*
        $type:ident $prefix:literal {
            $($(#[doc = $doc:literal])+ $field:ident: $value:ty = $default:expr, $kind:expr;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        pub struct $type {
            $($(#[doc = $doc])+ pub $field: $value,)+
        }

        impl Default for $type {
            fn default() -> Self {
                $type { $($field: $default,)+ }
            }
        }

        /// Without secrets.
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                use $crate::config::options::Kind;
                let mut debug = f.debug_struct(stringify!($type));
                $(debug.field(stringify!($field), &format_args!("{}", $kind.show(&self.$field)));)+
                debug.finish()
            }
        }

        impl $type {
            /// Each option by itself, in the order in which they are documented.
            fn infos() -> Vec<$crate::config::OptionInfo> {
                use $crate::config::options::Kind;
                fn label<T>(kind: &impl Kind<T>) -> $crate::config::OptionKind {
                    kind.label()
                }
                let defaults = $type::default();
                vec![$($crate::config::OptionInfo {
                    name: concat!($prefix, stringify!($field)),
                    kind: label::<$value>(&$kind),
                    default: $kind.show(&defaults.$field),
                    description: concat!($($doc, "\n",)+),
                },)+]
            }

            /// Sets an option if it is one of these.
            fn set_field(&mut self, name: &str, text: &str) -> Option<$crate::error::Result<()>> {
                use $crate::config::options::Kind;
                $(if name == concat!($prefix, stringify!($field)) {
                    let read = $kind.read(name, text).and_then(|value| {
                        $kind.check(name, &value)?;
                        Ok(value)
                    });
                    return Some(read.map(|value| self.$field = value));
                })+
                None
            }

            /// Checks each field's range.
            fn check_fields(&self) -> $crate::error::Result<()> {
                use $crate::config::options::Kind;
                $($kind.check(concat!($prefix, stringify!($field)), &self.$field)?;)+
                Ok(())
            }
        }
    };
}
pub(super) use options;
