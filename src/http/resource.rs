//! The kinds of resources, and the methods that each takes (contract, section 1).

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The objects of a bucket: `…/buckets/{bucketID}/objects`.
    Objects,
    /// One object: `…/buckets/{bucketID}/objects/{objectID}`.
    Object,
}

/// What a method does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create an object in a bucket.
    CreateObject,
    /// Read an object.
    GetObject,
    /// Create or replace an object.
    PutObject,
    /// Change an object.
    PatchObject,
    /// Delete an object.
    DeleteObject,
}

impl Kind {
    /// The one table of resources and methods, which routing, `Allow` and preflights read. Every resource also takes
    /// `OPTIONS`.
    pub const fn methods(self) -> &'static [(&'static str, Action)] {
        match self {
            Self::Objects => &[("POST", Action::CreateObject)],
            Self::Object => &[
                ("DELETE", Action::DeleteObject),
                ("GET", Action::GetObject),
                ("HEAD", Action::GetObject),
                ("PATCH", Action::PatchObject),
                ("PUT", Action::PutObject),
            ],
        }
    }

    /// The method that only carries another one, in `X-HTTP-Method-Override`.
    const fn carrier(self) -> Option<&'static str> {
        match self {
            Self::Objects => None,
            Self::Object => Some("POST"),
        }
    }

    /// What a resource of this kind takes, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Objects => "An object collection takes POST, which creates an object, and OPTIONS.",
            Self::Object => {
                "An object takes GET, HEAD, PUT, PATCH, DELETE and OPTIONS, and POST with an X-HTTP-Method-Override of PUT, \
                 PATCH or DELETE."
            }
        }
    }

    /// The methods as `Allow` and `Access-Control-Allow-Methods` list them.
    pub fn allowed_methods(self) -> String {
        let methods = self.methods().iter().map(|(method, _)| *method);
        let mut methods: Vec<&str> = methods.chain(self.carrier()).chain(["OPTIONS"]).collect();
        methods.sort_unstable();
        methods.join(", ")
    }
}
